import { hostname } from 'node:os'
import { operatorSentence } from '../relying-party/options/recent-errors.ts'
import type { SessionRelyingParty } from './session-relying-party.ts'
import { findProblems } from './status-problems.ts'
import type { StatusReport } from './status-report.ts'
import { checkRecords, checkSessions } from './store-checks.ts'

/** What a report is made from. */
export type ReportedParty = Pick<SessionRelyingParty, 'settings' | 'status' | 'contact' | 'logins'>

/**
 * Reports on a relying party. Takes at most as long as a store may take.
 *
 * @param begun - When this process made it, by `performance.now()`.
 */
export async function buildStatusReport(rp: ReportedParty, begun: number): Promise<StatusReport> {
  const [records, sessions] = await Promise.all([
    checkRecords(rp.settings),
    checkSessions(rp.logins.sessions),
  ])
  const timeOf = wallClock()
  const app = reportApp(rp)
  const process = reportProcess(rp, begun, { records, sessions }, timeOf)
  const { fault } = rp.logins.sessions.place
  const problems = findProblems({
    app,
    process,
    placeFault: fault && operatorSentence(fault),
    now: timeOf.now,
  })
  return { reportedAt: new Date(timeOf.now).toISOString(), problems, app, process }
}

function reportApp({ settings, status }: ReportedParty): StatusReport['app'] {
  const { tenants, name, client, addresses } = settings
  const { issuer, clientId, generation, registeredAt, rotatedAt, nextRotationAt, retiring } = status()
  return {
    issuer,
    ...(tenants && { tenants: typeof tenants === 'function' ? 'function' : tenants.length }),
    baseUrls: addresses.map(({ baseUrl }) => baseUrl),
    name,
    isRegistered: client === undefined,
    clientId,
    generation,
    registeredAt: registeredAt?.toISOString(),
    rotatedAt: rotatedAt?.toISOString(),
    nextRotationAt: nextRotationAt?.toISOString(),
    retiring: retiring.map(client => ({ clientId: client.clientId, until: client.until.toISOString() })),
  }
}

function reportProcess(
  { settings, status, contact, logins }: ReportedParty,
  begun: number,
  stores: StatusReport['process']['stores'],
  timeOf: WallClock,
): StatusReport['process'] {
  const { state, lastError } = status()
  const { answeredAt, failedAt, failure } = contact()
  return {
    state,
    host: hostname(),
    pid: process.pid,
    startedAt: timeOf.at(begun),
    lastError: lastError && { code: lastError.code, sentence: operatorSentence(lastError) },
    provider: {
      lastAnswerAt: answeredAt === undefined ? undefined : timeOf.at(answeredAt),
      lastFailureAt: failedAt === undefined ? undefined : timeOf.at(failedAt),
      lastFailure: failure,
    },
    stores,
    sessions: {
      ...settings.tally,
      watchedLogins: logins.watches.logins.size,
      uncheckedSessions: logins.uncertain.size,
    },
    errors: settings.recent.list().map(({ at, ...error }) => ({ ...error, at: timeOf.at(at) })),
  }
}

interface WallClock {
  readonly now: number
  /** The time of `performance.now()`, as a clock on the wall shows it now. */
  readonly at: (moment: number) => string
}

function wallClock(): WallClock {
  const [now, moment] = [Date.now(), performance.now()]
  return { now, at: then => new Date(now - (moment - then)).toISOString() }
}
