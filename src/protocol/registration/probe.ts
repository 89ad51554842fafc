import { randomUUID } from 'node:crypto'
import * as client from 'openid-client'
import { OidcError } from '../../vocabulary/errors.ts'
import { proofKeyOf, provenBy } from '../client-authentication/token-proofs.ts'
import type { Connection, Provider } from '../provider/connection.ts'
import { boundFetch, type Fetch } from '../requests/bounded-fetch.ts'
import { reasonOf } from '../requests/failure-reason.ts'
import { readFailure, unservedCode } from '../requests/provider-error.ts'

/**
 * Finds out whether the provider still accepts a client's credentials, by sending a made-up code: only a client that was
 * authenticated is told that the code is wrong (RFC 6749 §5.2).
 *
 * @returns `false` if the client was refused.
 * @throws {@link OidcError} `ERR_OIDC_PROVIDER_UNAVAILABLE` or `ERR_OIDC_CLOCKS_DIFFER` if the answer does not show it.
 */
export async function probeClient(connection: Connection, redirectUri: string): Promise<boolean> {
  const parameters = {
    code: randomUUID(),
    redirect_uri: redirectUri,
    code_verifier: client.randomPKCECodeVerifier(),
  }
  const proof = provenBy(await proofKeyOf(connection)) // without one, the answer may be about that
  try {
    await client.genericGrantRequest(connection.configuration, 'authorization_code', parameters, proof)
    return true
  } catch (error) {
    const { meaning, reason, details } = await readFailure(error, connection)
    if (meaning === 'client refused') return false
    if (meaning === 'refused' && details.error === 'invalid_grant') return true
    throw new OidcError(unservedCode(meaning), {
      cause: details.cause,
      message: `Could not find out whether the provider still knows client ${connection.clientId}: ${reason}.`,
    })
  }
}

/** Whose client is looked for, and how. */
interface AuthorizationProbe {
  readonly clientId: string
  readonly redirectUri: string
  readonly fetch: Fetch
  /** Milliseconds. */
  readonly requestTimeout: number
}

/** How a provider answers an authorization request that shows nothing to a user. */
export type AuthorizationAnswer = 'redirected' | 'refused' | 'unclear'

/**
 * Finds out without credentials whether the provider knows a client and its redirect URI, by an authorization request that shows
 * nothing to a user: a provider never redirects to the address of a client that it does not know (RFC 6749 §4.1.2.1).
 *
 * @returns `redirected` if it certainly does, `refused` if it certainly does not: it has answered with an error of its own.
 * @throws {@link OidcError} `ERR_OIDC_PROVIDER_UNAVAILABLE` if the provider has trouble.
 */
export async function probeAuthorization(
  { metadata }: Provider,
  { clientId, redirectUri, fetch, requestTimeout }: AuthorizationProbe,
): Promise<AuthorizationAnswer> {
  const { authorization_endpoint } = metadata
  if (authorization_endpoint === undefined) return 'unclear'
  const url = new URL(authorization_endpoint)
  const parameters = {
    client_id: clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid',
    prompt: 'none',
    state: randomUUID(),
    nonce: randomUUID(),
    code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
    code_challenge_method: 'S256',
  }
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  const send = boundFetch(fetch, { deadline: requestTimeout, redirects: 'return' })
  const response = await send(url.href, { method: 'GET' }).catch((cause: unknown) => {
    throw unknownClient(clientId, reasonOf(cause), cause)
  })
  if (response.status >= 500) throw unknownClient(clientId, `HTTP ${response.status}`)
  return readAnswer(response, url, redirectUri)
}

/** Hydra redirects to an error page of its own, with the error in its address. */
function readAnswer(response: Response, url: URL, redirectUri: string): AuthorizationAnswer {
  const target = response.headers.get('location')
  const location = target === null ? null : URL.parse(target, url.href)
  if (location === null) return response.status >= 400 ? 'refused' : 'unclear'
  if (location.origin + location.pathname === withoutQuery(redirectUri)) return 'redirected'
  return location.searchParams.has('error') ? 'refused' : 'unclear'
}

function unknownClient(clientId: string, reason: string, cause?: unknown): OidcError {
  return new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE', {
    cause,
    message: `Could not find out whether the provider still knows client ${clientId}: ${reason}.`,
  })
}

function withoutQuery(address: string): string {
  const { origin, pathname } = new URL(address)
  return origin + pathname
}
