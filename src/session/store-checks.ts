import { operatorSentence } from '../relying-party/options/recent-errors.ts'
import type { Settings } from '../relying-party/options/settings.ts'
import { cleanWords } from '../vocabulary/clean-words.ts'
import { OidcError } from '../vocabulary/errors.ts'
import type { AppSessions } from './login/session-store.ts'

/** Whether a store could be read. */
export interface StoreReport {
  /** Where the values are: the store's own words, or the name of its class. Absent if no request has shown it yet. */
  readonly location?: string | undefined
  /** `unknown`: no request has shown yet where the sessions are. */
  readonly state: 'available' | 'unavailable' | 'unknown'
  /** How many seconds the read took. */
  readonly duration?: number | undefined
  /** Why it could not be read. */
  readonly reason?: string | undefined
}

/** Nothing is stored under it. */
const NO_KEY = 'status-check'
const LONGEST_REASON = 300

/** Reads from the library's own store, which ends in time. */
export async function checkRecords({ store }: Settings): Promise<StoreReport> {
  const location = cleanWords(store.location)
  return { location, ...(await timed(() => store.get(NO_KEY))) }
}

/** Reads from the store of express-session, which ends in time. */
export async function checkSessions(sessions: AppSessions): Promise<StoreReport> {
  const { store } = sessions.place
  if (!store) return { state: 'unknown' }
  const location = cleanWords(store.constructor.name)
  return { location, ...(await timed(() => sessions.read(NO_KEY))) }
}

async function timed(read: () => Promise<unknown>): Promise<Omit<StoreReport, 'location'>> {
  const begun = performance.now()
  const reason = await read().then(() => undefined, reasonOf)
  const duration = Math.round(performance.now() - begun) / 1_000
  return reason === undefined ? { state: 'available', duration } : { state: 'unavailable', duration, reason }
}

function causeOf(error: unknown): Error | undefined {
  return error instanceof Error && error.cause instanceof Error ? error.cause : undefined
}

function reasonOf(error: unknown): string {
  const sentence = error instanceof OidcError ? operatorSentence(error) : 'The read failed.'
  const why = cleanWords(causeOf(error)?.message, [], LONGEST_REASON)
  return why === undefined || sentence.includes(why) ? sentence : `${sentence.replace(/\.$/, '')}: ${why}.`
}
