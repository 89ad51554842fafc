import { decodeProtectedHeader } from 'jose'
import * as client from 'openid-client'
import { type BearerChallenge, OidcApiError } from '../vocabulary/api-error.ts'
import { OidcError } from '../vocabulary/errors.ts'
import type { JsonObject } from './api-call.ts'
import type { Connection, Provider } from './connection.ts'
import { signingAlgorithms } from './discovery.ts'
import { reasonOf } from './http.ts'
import { verifySignature } from './signature.ts'

const operation = 'getOidcUserInfo'

/** The provider, and for whom a signed answer must be, if that is known. */
type UserInfoConnection = Omit<Connection, 'clientId' | 'generation' | 'method'> & {
  readonly clientId: string | undefined
}

/**
 * Gets the claims about the end-user: `GET {userinfo_endpoint}` with the access token → 200, as JSON or as a signed JWT,
 * whose signature is verified.
 *
 * Ory's documents name 200 and the challenge of RFC 6750 §3; Hydra's 401 says `request_unauthorized` for an unknown token
 * and `invalid_token` for an expired one, and an access token without user gets 200 without `sub`.
 *
 * @param sub - The subject of the ID token: an answer about somebody else, or nobody, is refused.
 * @throws {@link OidcApiError} `ERR_OIDC_ACCESS_TOKEN_REFUSED`, `ERR_OIDC_USER_INFO_INVALID` or `ERR_OIDC_USER_INFO_UNAVAILABLE`.
 * @see OpenID Connect Core 1.0 §5.3
 */
export async function getOidcUserInfo(
  connection: UserInfoConnection,
  accessToken: string,
  sub?: string,
): Promise<JsonObject> {
  const endpoint = connection.metadata.userinfo_endpoint
  if (endpoint === undefined) {
    throw new OidcApiError('ERR_OIDC_USER_INFO_UNAVAILABLE', {
      operation,
      message: 'The provider has no UserInfo endpoint.',
    })
  }
  const response = await client
    .fetchProtectedResource(connection.configuration, accessToken, new URL(endpoint), 'GET', null, accepted)
    .catch(error => {
      throw requestError(error)
    })
  if (response.status !== 200) throw statusError(response.status)
  const claims = await readClaims(connection, response)
  if (typeof claims['sub'] !== 'string' || claims['sub'] !== (sub ?? claims['sub']))
    throw new OidcApiError('ERR_OIDC_USER_INFO_INVALID', { operation, providerStatus: 200 })
  return claims
}

/** Whether the provider has a UserInfo endpoint. */
export function hasUserInfo({ metadata }: Provider): boolean {
  return metadata.userinfo_endpoint !== undefined
}

const accepted = new Headers({ accept: 'application/json, application/jwt' })

async function readClaims(connection: UserInfoConnection, response: Response): Promise<JsonObject> {
  const type = response.headers.get('content-type') ?? ''
  if (/^application\/jwt\b/i.test(type)) return verifyJwt(connection, await response.text())
  const body: unknown = /^application\/json\b/i.test(type)
    ? await response.json().catch(() => undefined)
    : undefined
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as JsonObject
  throw new OidcApiError('ERR_OIDC_USER_INFO_UNAVAILABLE', {
    operation,
    providerStatus: 200,
    message: 'The UserInfo of the provider is neither a JSON object nor a JWT.',
  })
}

/**
 * OpenID Connect Core 1.0 §5.3.2: a signed response names the issuer and us. The algorithm is that of the key: Hydra signs
 * with what it has, whatever was registered.
 */
async function verifyJwt(connection: UserInfoConnection, jwt: string): Promise<JsonObject> {
  try {
    const { payload } = await verifySignature(connection.keys, jwt, {
      issuer: connection.metadata.issuer,
      ...(connection.clientId === undefined ? {} : { audience: connection.clientId }),
      algorithms: signingAlgorithms,
    })
    if (decodeProtectedHeader(jwt).typ?.toLowerCase().includes('logout'))
      throw new Error('it is a logout token')
    return payload
  } catch (cause) {
    if (cause instanceof OidcError) throw cause
    throw new OidcApiError('ERR_OIDC_USER_INFO_INVALID', { operation, providerStatus: 200, cause })
  }
}

function requestError(error: unknown): OidcApiError {
  if (error instanceof client.WWWAuthenticateChallengeError)
    return statusError(error.status, challengeOf(error))
  return new OidcApiError('ERR_OIDC_USER_INFO_UNAVAILABLE', {
    operation,
    message: `The UserInfo of the provider cannot be read: ${reasonOf(error)}.`,
    cause: error,
  })
}

function statusError(status: number, challenge?: BearerChallenge): OidcApiError {
  const refused = status === 401 || status === 403
  return new OidcApiError(refused ? 'ERR_OIDC_ACCESS_TOKEN_REFUSED' : 'ERR_OIDC_USER_INFO_UNAVAILABLE', {
    operation,
    providerStatus: status,
    challenge,
    error: challenge?.error,
    message: refused
      ? `The provider's UserInfo endpoint did not accept the access token (HTTP ${status}). Refresh it, or sign the user in again.`
      : `The UserInfo of the provider cannot be read: HTTP ${status}.`,
  })
}

function challengeOf({ cause }: client.WWWAuthenticateChallengeError): BearerChallenge | undefined {
  const challenge = cause.find(({ scheme }) => scheme === 'bearer')
  if (!challenge) return undefined
  const { error, error_description, scope } = challenge.parameters
  return { scheme: challenge.scheme, error, errorDescription: error_description, scope }
}
