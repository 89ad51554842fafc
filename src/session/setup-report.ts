import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { Store } from 'express-session'
import type { Sealer } from '../protocol/sealing.ts'
import type { Settings } from '../relying-party/options/settings.ts'
import { hasMembers, isFlag, isNumber, isOptional, isText } from '../vocabulary/json.ts'
import type { WithSession } from './login/request-session.ts'
import {
  type CookieFault,
  cookieAttributes,
  isKnownAsSecure,
  saysHttps,
  whyNotSet,
  whyWithheld,
} from './login/session-cookie.ts'
import type { WithSessionStore } from './login/session-store.ts'
import { storeBehind } from './logout/guarded-session-store.ts'

/**
 * The header with which `doctor` asks a running app how it is set up. Its value is sealed with the keys in the app's store, so
 * nobody else can ask.
 */
export const DOCTOR_HEADER = 'oidc-doctor'

/** How a request of `doctor` has reached the app, and what becomes of its session cookie. Contains no secret. */
export interface SetupReport {
  /** From the question: no cache has answered. */
  readonly nonce: string
  /**
   * `tls`: the app ends TLS itself. `trusted`: Express believes the proxy that says https; `untrusted`: it does not. `http`: nothing
   * says https.
   */
  readonly arrivedBy: 'tls' | 'trusted' | 'untrusted' | 'http'
  /** Why the session of a sign-in would not come back. */
  readonly cookieFault?: CookieFault
  /** The session store that this request met. */
  readonly sessionStore?: { readonly id: string; readonly isInMemory: boolean }
}

const arrivals: readonly unknown[] = ['tls', 'trusted', 'untrusted', 'http']

/** Whether an answer is a report. */
export const isSetupReport = hasMembers<SetupReport>({
  nonce: isText,
  arrivedBy: value => arrivals.includes(value),
  cookieFault: isOptional(hasMembers<CookieFault>({ cause: isText, fix: isText })),
  sessionStore: isOptional(
    hasMembers<NonNullable<SetupReport['sessionStore']>>({ id: isText, isInMemory: isFlag }),
  ),
})

const PURPOSE = 'doctor'
/** Milliseconds in which a question is answered. The command line may run on a machine with another clock. */
const LIFETIME = 5 * 60_000
/** Milliseconds that a session must last at least. */
const SHORTEST_SESSION = 60_000

/** Makes a question, for {@link DOCTOR_HEADER}. */
export function sealQuestion(sealer: Sealer, nonce: string): string {
  return sealer.seal(PURPOSE, { nonce, at: Date.now() })
}

const isQuestion = hasMembers<{ nonce: string; at: number }>({ nonce: isText, at: isNumber })

/** Answers a question. `undefined` if `doctor` did not ask it, or too long ago. */
export function answerQuestion(
  sealer: Sealer,
  req: IncomingMessage,
  settings: Settings,
): SetupReport | undefined {
  const question = sealer.open(PURPOSE, String(req.headers[DOCTOR_HEADER]))
  if (!isQuestion(question) || Math.abs(Date.now() - question.at) > LIFETIME) return undefined
  const cookieFault = findCookieFault(req, settings)
  const { sessionStore } = req as WithSessionStore
  return {
    nonce: question.nonce,
    arrivedBy: arrivalOf(req),
    ...(cookieFault && { cookieFault }),
    ...(sessionStore && { sessionStore: describeStore(storeBehind(sessionStore)) }),
  }
}

const ids = new WeakMap<Store, string>()

/** The id distinguishes the stores of all processes. */
function describeStore(store: Store): NonNullable<SetupReport['sessionStore']> {
  const id = ids.get(store) ?? randomUUID()
  ids.set(store, id)
  return { id, isInMemory: store.constructor.name === 'MemoryStore' }
}

/**
 * Sends a report with the cookie of a new session, which express-session sets once something is written to the session. The
 * session itself is not stored.
 */
export function sendReport(req: WithSession, res: ServerResponse, report: SetupReport): void {
  if (req.session) Object.assign(req.session, { doctor: true })
  res.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
  delete req.session
  res.end(JSON.stringify(report))
}

function findCookieFault(req: IncomingMessage, settings: Settings): CookieFault | undefined {
  const received = {
    cookie: cookieAttributes(req),
    wasSecure: isKnownAsSecure(req),
    signedInAt: Date.now() - SHORTEST_SESSION,
  }
  return whyNotSet(req, settings) ?? whyWithheld(received, settings.baseUrl)
}

function arrivalOf(req: IncomingMessage): SetupReport['arrivedBy'] {
  if ((req.socket as Partial<TLSSocket>).encrypted === true) return 'tls'
  if (isKnownAsSecure(req)) return 'trusted'
  return saysHttps(req) ? 'untrusted' : 'http'
}
