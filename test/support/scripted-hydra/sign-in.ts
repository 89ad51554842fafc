import { createHash, randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Recorded } from '../scripted-provider/exchange.ts'
import { scopeOf } from './authorization-request.ts'
import { protocolError } from './errors.ts'
import {
  type Flow,
  type HydraClient,
  type HydraState,
  type HydraUser,
  type LoginSession,
  secondsOf,
} from './state.ts'
import { cookieOf, redirect, setCookie } from './wire.ts'

export const SESSION_COOKIE = 'ory_hydra_session_dev'

export type Page = 'login' | 'consent'

/** Who is signed in, and what the app may have. */
export type Decision = Pick<Flow, 'session' | 'claims' | 'scope'>

/** The remembered login of this browser. Hydra facts §3.7: `prompt=login` begins another, and so does one older than `max_age`. */
export function currentSession(
  state: HydraState,
  request: Recorded,
  asked: URLSearchParams,
): LoginSession | undefined {
  const remembered = state.sessions.get(cookieOf(request, SESSION_COOKIE) ?? '')
  const maxAge = Number(asked.get('max_age') ?? Number.POSITIVE_INFINITY)
  if (asked.get('prompt') === 'login' || remembered === undefined) return undefined
  return remembered.authTime + maxAge < secondsOf(state) ? undefined : remembered
}

/** Signs the user in at once, or sends the browser to the login page. */
export function startFlow(
  state: HydraState,
  response: ServerResponse,
  client: HydraClient,
  asked: URLSearchParams,
  remembered: LoginSession | undefined,
): Decision | undefined {
  const session = remembered ?? newSession(state, state.user)
  const scope = scopeOf(asked).join(' ')
  if (remembered || !state.asksUser) {
    keepSession(state, response, session)
    return { session, claims: claimsOf(session.user), scope }
  }
  const flow = { query: asked.toString(), clientId: client.client_id, csrf: randomUUID(), session, scope }
  sendToPage(state, response, 'login', { ...flow, claims: claimsOf(session.user) })
  return undefined
}

/** Hydra facts §4: comes back from a page; its cookie must be the one of this sign-in. */
export function resumedFlow(
  state: HydraState,
  request: Recorded,
  response: ServerResponse,
  asked: URLSearchParams,
): Decision | undefined {
  const page: Page = asked.has('login_verifier') ? 'login' : 'consent'
  const flow = takeFlow(state, asked.get(`${page}_verifier`))
  const csrf = cookieOf(request, csrfCookie(page, flow.clientId))
  if (csrf === undefined) {
    throw protocolError('request_forbidden', 'No CSRF value available in the session cookie.')
  }
  // Hydra facts §4: one cookie for each client, so a second sign-in overwrites that of the first.
  if (csrf !== flow.csrf) {
    throw protocolError(
      'request_forbidden',
      'The CSRF value from the token does not match the CSRF value from the data store.',
    )
  }
  if (flow.denial) throw flow.denial
  if (page === 'consent') return flow
  keepSession(state, response, flow.session)
  sendToPage(state, response, 'consent', { ...flow, csrf: randomUUID() })
  return undefined
}

/** What a login or consent page says to Hydra. Gives the address where the browser goes on. */
export function answerPage(
  state: HydraState,
  page: Page,
  challenge: string | null,
  change: Partial<Decision & Pick<Flow, 'denial'>> = {},
): string {
  const flow = takeFlow(state, challenge)
  const verifier = randomUUID()
  state.flows.set(verifier, { ...flow, ...change })
  const query = new URLSearchParams(flow.query)
  query.delete('login_verifier')
  query.set(`${page}_verifier`, verifier)
  return `${state.issuer}/oauth2/auth?${query.toString()}`
}

export function newSession(state: HydraState, user: HydraUser): LoginSession {
  return { sid: randomUUID(), user: { ...user }, authTime: secondsOf(state), clients: new Set() }
}

function claimsOf(user: HydraUser): Record<string, unknown> {
  return Object.fromEntries(Object.entries(user).filter(([name]) => name !== 'sub'))
}

function keepSession(state: HydraState, response: ServerResponse, session: LoginSession): void {
  state.sessions.set(session.sid, session)
  setCookie(response, SESSION_COOKIE, session.sid)
}

function sendToPage(state: HydraState, response: ServerResponse, page: Page, flow: Flow): void {
  const challenge = randomUUID()
  state.flows.set(challenge, flow)
  setCookie(response, csrfCookie(page, flow.clientId), flow.csrf)
  redirect(response, 302, `${state.issuer}/ui/${page}?${page}_challenge=${challenge}`)
}

function takeFlow(state: HydraState, key: string | null): Flow {
  const flow = state.flows.get(key ?? '')
  if (!flow)
    throw protocolError(
      'request_forbidden',
      'The verifier has already been used, has not been granted, or is invalid.',
    )
  state.flows.delete(key ?? '')
  return flow
}

/** Hydra facts §4: named after the client. */
function csrfCookie(page: Page, clientId: string): string {
  const digest = createHash('sha256').update(clientId).digest('hex').slice(0, 8)
  return `ory_hydra_${page}_csrf_dev_${digest}`
}
