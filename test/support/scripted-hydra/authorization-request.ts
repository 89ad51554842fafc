import { protocolError } from './errors.ts'
import { type HydraClient, strings } from './state.ts'

/** Hydra facts §4: `state` and `nonce` are at least so long. */
const SHORTEST = 8

/** Hydra facts §2.3: the same string, or the same address with any port where that is a loopback IP address. */
export function registeredRedirectUri(client: HydraClient, asked: URLSearchParams): string | undefined {
  const redirectUri = asked.get('redirect_uri') ?? ''
  const matches = strings(client.redirect_uris).some(
    registered => registered === redirectUri || isSameLoopback(registered, redirectUri),
  )
  return matches ? redirectUri : undefined
}

function isSameLoopback(registered: string, asked: string): boolean {
  const [one, other] = [registered, asked].map(uri => URL.parse(uri))
  if (!one || !other || one.protocol !== 'http:') return false
  if (!/^(127(\.\d+){3}|\[::1\])$/.test(one.hostname)) return false
  one.port = ''
  other.port = ''
  return one.href === other.href
}

/** Refuses what an authorization request says wrong; the app is told. */
export function refuseRequest(client: HydraClient, asked: URLSearchParams): void {
  refuseScope(client, asked)
  refuseResponse(client, asked)
  if ((asked.get('state') ?? '').length < SHORTEST) {
    throw protocolError(
      'invalid_state',
      `Request parameter 'state' must be at least be ${SHORTEST} characters long to ensure sufficient entropy.`,
    )
  }
  refuseChallenge(asked)
  const nonce = asked.get('nonce') ?? ''
  if (nonce !== '' && nonce.length < SHORTEST) {
    throw protocolError(
      'insufficient_entropy',
      `Parameter 'nonce' is set but does not satisfy the minimum entropy of ${SHORTEST} characters.`,
    )
  }
}

/** Hydra facts §2.1: only what was registered may be asked for. */
function refuseScope(client: HydraClient, asked: URLSearchParams): void {
  const registered = String(client.scope).split(' ')
  const unknown = scopeOf(asked).find(scope => !registered.includes(scope))
  if (unknown === undefined) return
  throw protocolError('invalid_scope', `The OAuth 2.0 Client is not allowed to request scope '${unknown}'.`)
}

export function scopeOf(asked: URLSearchParams): string[] {
  return (asked.get('scope') ?? '').split(' ').filter(Boolean)
}

/** Hydra facts §2.1: nothing registered means `code`. §4: every response mode is allowed for every client. */
function refuseResponse(client: HydraClient, asked: URLSearchParams): void {
  const type = asked.get('response_type') ?? ''
  const registered = strings(client.response_types)
  if (type === '') {
    throw protocolError('unsupported_response_type', "`The request is missing the 'response_type' parameter.")
  }
  // The script knows the code flow alone.
  if (type !== 'code' || (registered.length > 0 && !registered.includes('code'))) {
    throw protocolError(
      'unsupported_response_type',
      `The client is not allowed to request response_type '${type}'.`,
    )
  }
  const mode = asked.get('response_mode') ?? 'query'
  if (mode === 'query' || mode === 'form_post') return
  throw protocolError('unsupported_response_mode', `Request with unsupported response_mode "${mode}".`)
}

/** Hydra facts §4: PKCE is optional, and S256 where it is used; `plain` is advertised and refused (§1.6). */
function refuseChallenge(asked: URLSearchParams): void {
  const challenge = asked.get('code_challenge') ?? ''
  const method = asked.get('code_challenge_method') ?? ''
  if (method === 'S256' || (challenge === '' && method === '')) return
  const hint =
    method === 'plain' || method === ''
      ? 'Clients must use code_challenge_method=S256, plain is not allowed.'
      : 'The code_challenge_method is not supported, use S256 instead.'
  throw protocolError('invalid_request', hint)
}
