import type { StatusReport } from './status-report.ts'

/** What problems are found in. */
interface Findings extends Pick<StatusReport, 'app' | 'process'> {
  /** What is wrong with where the sessions are. */
  readonly placeFault: string | undefined
  /** Milliseconds since 1970. */
  readonly now: number
}

/** Milliseconds after which a rotation that was due is a problem: the replicas look for it every half a minute. */
const ROTATION_SLACK = 600_000

/** Says what an operator should look after, the most important first. */
export function findProblems({ app, process, placeFault, now }: Findings): string[] {
  const { stores } = process
  return [
    readiness(process),
    process.state === 'failing' ? '' : providerAway(process.provider), // which says the same
    stores.records.state === 'unavailable'
      ? `The library's store cannot be used. ${stores.records.reason}`
      : '',
    stores.sessions.state === 'unavailable'
      ? `The session store cannot be used. ${stores.sessions.reason}`
      : '',
    placeFault ?? '',
    overdue(app.nextRotationAt, now),
  ].filter(problem => problem !== '')
}

function readiness({ state, lastError }: StatusReport['process']): string {
  const why = lastError ? ` ${lastError.sentence} (${lastError.code})` : ''
  if (state === 'starting')
    return 'Discovery and registration have not finished, so nobody can sign in here yet.'
  if (state === 'failing') return `Discovery or registration failed and is being tried again.${why}`
  if (state === 'closed') return 'The relying party was closed in this process.'
  return lastError ? `The last attempt to maintain the registration failed and is repeated.${why}` : ''
}

function providerAway({
  lastAnswerAt = '',
  lastFailureAt = '',
  lastFailure,
}: StatusReport['process']['provider']): string {
  return lastFailureAt > lastAnswerAt
    ? `The provider did not answer the last request of this process: ${lastFailure}.`
    : ''
}

function overdue(nextRotationAt: string | undefined, now: number): string {
  if (nextRotationAt === undefined || now - Date.parse(nextRotationAt) < ROTATION_SLACK) return ''
  return `The credentials should have been renewed at ${nextRotationAt}.`
}
