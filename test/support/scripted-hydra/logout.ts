import { randomUUID } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { compactVerify, importJWK } from 'jose'
import type { Answer, Recorded } from '../scripted-provider/exchange.ts'
import { deliverLogout } from './back-channel.ts'
import { HydraError, protocolError, unrecognizable } from './errors.ts'
import { framesFor, sendFrames } from './front-channel.ts'
import { SESSION_COOKIE } from './sign-in.ts'
import { type HydraClient, type HydraState, secondsOf, strings } from './state.ts'
import { cookieOf, parametersOf, redirect, redirectToErrorPage, setCookie } from './wire.ts'

/** Hydra facts §3.1. */
export function endSession(state: HydraState): Answer {
  return async function endSession(request, response) {
    const verifier = request.query.get('logout_verifier')
    if (verifier) return completed(state, response, verifier)
    try {
      const asked = parametersOf(request)
      const hint = asked.get('id_token_hint')
      const { sid, target } = hint ? await signOutOf(state, hint, asked) : withoutHint(state, request, asked)
      // Hydra facts §3.1: without a remembered session nothing is asked, ended or told.
      if (!state.sessions.has(sid)) return redirect(response, 302, target)
      const challenge = randomUUID()
      state.logouts.set(challenge, { sid, target })
      redirect(response, 302, `${state.issuer}/ui/logout?logout_challenge=${challenge}`)
    } catch (error) {
      if (!(error instanceof HydraError)) throw error
      redirectToErrorPage(response, state.issuer, error)
    }
  }
}

/** What the logout page says to Hydra. Gives the address where the browser goes on. */
export function acceptLogout(state: HydraState, challenge: string | null): string {
  const logout = state.logouts.get(challenge ?? '')
  if (!logout) throw protocolError('invalid_request')
  state.logouts.delete(challenge ?? '')
  const verifier = randomUUID()
  state.logouts.set(verifier, logout)
  return `${state.issuer}/oauth2/sessions/logout?logout_verifier=${verifier}`
}

/** Hydra facts §3.4: session, cookie, logout tokens – which nobody waits for – and then the page of frames, or the redirect. */
function completed(state: HydraState, response: ServerResponse, verifier: string): void {
  const logout = state.logouts.get(verifier)
  if (!logout) return redirectToErrorPage(response, state.issuer, protocolError('invalid_request'))
  state.logouts.delete(verifier)
  setCookie(response, SESSION_COOKIE, '', 0)
  const frames = framesFor(state, logout.sid)
  void deliverLogout(state, logout.sid)
  if (frames.length === 0) return redirect(response, 302, logout.target)
  sendFrames(response, frames, logout.target)
}

interface SignOut {
  readonly sid: string
  readonly target: string
}

/** Hydra facts §3.1: without a hint there is no way back to an app. */
function withoutHint(state: HydraState, request: Recorded, asked: URLSearchParams): SignOut {
  for (const name of ['state', 'post_logout_redirect_uri']) {
    if (asked.get(name)) {
      throw protocolError(
        'invalid_request',
        `Logout failed because query parameter ${name} is set but id_token_hint is missing.`,
      )
    }
  }
  return { sid: cookieOf(request, SESSION_COOKIE) ?? '', target: defaultTarget(state) }
}

async function signOutOf(state: HydraState, hint: string, asked: URLSearchParams): Promise<SignOut> {
  const claims = await claimsOf(state, hint)
  refuseHint(state, claims)
  const client = audienceOf(state, claims)
  const sid = String(claims['sid'])
  const redirectUri = asked.get('post_logout_redirect_uri')
  // Hydra facts §3.1: without a target, `state` is dropped.
  if (!redirectUri) return { sid, target: defaultTarget(state) }
  if (!strings(client.post_logout_redirect_uris).includes(redirectUri)) {
    throw failed(
      'query parameter post_logout_redirect_uri is not a whitelisted as a post_logout_redirect_uri for the client.',
    )
  }
  const target = new URL(redirectUri)
  const opaque = asked.get('state')
  if (opaque) target.searchParams.set('state', opaque)
  return { sid, target: target.href }
}

type Claims = Readonly<Record<string, unknown>>

/** Hydra facts §3.3: the newest key alone counts, whatever `kid` says; `exp` is not looked at. */
async function claimsOf(state: HydraState, hint: string): Promise<Claims> {
  const [newest] = state.keyRing.published
  try {
    const { payload } = await compactVerify(hint, await importJWK(newest ?? {}, 'RS256'))
    return JSON.parse(Buffer.from(payload).toString()) as Claims
  } catch {
    throw protocolError('invalid_request', 'go-jose/go-jose: error in cryptographic primitive')
  }
}

function refuseHint(state: HydraState, { iss, iat, sid, sub }: Claims): void {
  const { issuer } = state
  if (iss !== issuer) {
    throw failed(
      `issuer claim value '${String(iss)}' from query parameter id_token_hint does not match with issuer value from configuration '${issuer}'.`,
    )
  }
  const now = secondsOf(state)
  if (typeof iat !== 'number' || iat > now) {
    throw failed(
      `iat claim value '${typeof iat === 'number' ? iat : 0}' from query parameter id_token_hint is before now ('${now}').`,
    )
  }
  if (!sid) throw failed('query parameter id_token_hint is missing sid claim.')
  if (!sub) throw failed('query parameter id_token_hint is missing sub claim.')
}

/** Hydra facts §3.2: for a client that was deleted, the sentence that Hydra has ready is never reached. */
function audienceOf(state: HydraState, { aud }: Claims): HydraClient {
  const [first] = strings([aud].flat())
  const client = first === undefined ? undefined : state.clients.get(first)
  if (!client) throw unrecognizable()
  return client
}

function failed(reason: string): HydraError {
  return protocolError('invalid_request', `Logout failed because ${reason}`)
}

function defaultTarget({ issuer }: HydraState): string {
  return `${issuer}/oauth2/fallbacks/logout/callback`
}
