import * as client from 'openid-client'
import { type BearerChallenge, OidcApiError } from '../../vocabulary/api-error.ts'
import { cleanWords } from '../../vocabulary/clean-words.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { isObject, type JsonObject } from '../../vocabulary/json.ts'
import type { Connection, Provider } from '../provider/connection.ts'
import { signingAlgorithms } from '../provider/discovery.ts'
import { advise } from '../provider/failure-advice.ts'
import { knownCause, reasonOf, responseOf, statusOf } from '../provider/failure-reason.ts'
import { readJson, retryAfter } from '../provider/json-response.ts'
import { readUserClaims } from '../provider/lenient-answers.ts'
import { failedVerification } from './failed-verification.ts'
import { isSendable } from './protected-resource.ts'
import { verifySignature } from './signature.ts'
import { otherKind } from './token-kind.ts'

const operation = 'getOidcUserInfo'

/** The provider, and the client that a signed answer must name, if known. */
type UserInfoConnection = Omit<
  Connection,
  | 'clientId'
  | 'clientSecret'
  | 'generation'
  | 'method'
  | 'postLogoutRedirectUris'
  | 'withheldScopes'
  | 'bind'
  | 'at'
> & {
  readonly clientId: string | undefined
}

/**
 * Fetches the claims about the user: `GET {userinfo_endpoint}` with the access token → 200, as JSON or as a signed JWT,
 * whose signature is verified.
 *
 * Ory's documentation lists 200 and the challenge of RFC 6750 §3. Hydra's 401 says `request_unauthorized` for an unknown token
 * and `invalid_token` for an expired one; for an access token without a user it answers 200 without `sub`.
 *
 * @param sub - The subject of the ID token: an answer about a different user or without one is refused.
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
  refuseUnsendable(accessToken)
  // Not at module level: the first use of Headers loads undici.
  const accepted = new Headers({ accept: 'application/json, application/jwt' })
  const response = await client
    .fetchProtectedResource(connection.configuration, accessToken, new URL(endpoint), 'GET', null, accepted)
    .catch(async error => {
      throw await requestError(accessToken, error)
    })
  if (response.status !== 200) throw await statusError(accessToken, response)
  const claims = readUserClaims(await readClaims(connection, response))
  if (typeof claims['sub'] !== 'string') throw invalid('it has no sub')
  if (sub !== undefined && claims['sub'] !== sub) throw invalid('its sub is not the sub of the ID token')
  return claims
}

/** Whether the provider has a UserInfo endpoint. */
export function hasUserInfo({ metadata }: Provider): boolean {
  return metadata.userinfo_endpoint !== undefined
}

async function readClaims(connection: UserInfoConnection, response: Response): Promise<JsonObject> {
  const type = response.headers.get('content-type') ?? ''
  if (/^application\/jwt\b/i.test(type)) return verifyJwt(connection, await response.text())
  const body: unknown = /^application\/json\b/i.test(type)
    ? await response.json().catch(() => undefined)
    : undefined
  if (isObject(body)) return body
  throw new OidcApiError('ERR_OIDC_USER_INFO_UNAVAILABLE', {
    operation,
    providerStatus: 200,
    message: `The provider's UserInfo is neither a JSON object nor a JWT. ${advise(operation, 200, false)}`,
  })
}

/**
 * OpenID Connect Core 1.0 §5.3.2: a signed response names the issuer and the client. The key decides the algorithm: Hydra
 * signs with the key that it has, whatever was registered.
 */
async function verifyJwt(connection: UserInfoConnection, jwt: string): Promise<JsonObject> {
  const expected = {
    issuer: connection.metadata.issuer,
    ...(connection.clientId === undefined ? {} : { audience: connection.clientId }),
    algorithms: signingAlgorithms,
  }
  const { payload, protectedHeader } = await verifySignature(connection.keys, jwt, {
    ...expected,
    clockTolerance: connection.clock.tolerance,
  }).catch(error => {
    throw error instanceof OidcError ? error : invalid(failedVerification(error, expected, jwt), error)
  })
  const other = otherKind(protectedHeader.typ, payload)
  if (other) throw invalid(other)
  return payload
}

function invalid(reason: string, cause?: unknown): OidcApiError {
  return new OidcApiError('ERR_OIDC_USER_INFO_INVALID', { operation, providerStatus: 200, reason, cause })
}

function refuseUnsendable(accessToken: string): void {
  if (isSendable(accessToken)) return
  throw new OidcApiError('ERR_OIDC_ACCESS_TOKEN_REFUSED', {
    operation,
    message:
      'The access token must consist of printable ASCII characters without spaces. Pass it exactly as the provider issued it.',
  })
}

async function requestError(accessToken: string, error: unknown): Promise<OidcApiError> {
  const response = responseOf(error)
  if (response) return statusError(accessToken, response, challengeOf(accessToken, error))
  return new OidcApiError('ERR_OIDC_USER_INFO_UNAVAILABLE', {
    operation,
    providerStatus: statusOf(error),
    message: `The provider's UserInfo cannot be read: ${reasonOf(error)}. ${advise(operation, undefined, false)}`,
    cause: knownCause(error),
  })
}

async function statusError(
  accessToken: string,
  response: Response,
  challenge?: BearerChallenge,
): Promise<OidcApiError> {
  const { status } = response
  const body = (await readJson(response)) ?? {}
  const error = challenge?.error ?? cleanWords(body['error'], [accessToken])
  const description = challenge?.errorDescription ?? cleanWords(body['error_description'], [accessToken])
  const said = [`HTTP ${status}`, error, description && `"${description}"`].filter(part => part !== undefined)
  const isRefused = status === 401 || status === 403
  const advice = isRefused
    ? 'Refresh the access token, or sign the user in again.'
    : advise(operation, status === 429 || status >= 500 ? status : 200, false)
  return new OidcApiError(
    status === 429
      ? 'ERR_OIDC_RATE_LIMITED'
      : isRefused
        ? 'ERR_OIDC_ACCESS_TOKEN_REFUSED'
        : 'ERR_OIDC_USER_INFO_UNAVAILABLE',
    {
      operation,
      providerStatus: status,
      challenge,
      retryAfter: status === 429 ? retryAfter(response) : undefined,
      error,
      description,
      message: `${operation} answered ${said.join(', ')}. ${advice}`,
    },
  )
}

function challengeOf(accessToken: string, failure: unknown): BearerChallenge | undefined {
  if (!(failure instanceof client.WWWAuthenticateChallengeError)) return undefined
  const challenge = failure.cause.find(({ scheme }) => scheme === 'bearer')
  if (!challenge) return undefined
  const { error, error_description, scope } = challenge.parameters
  const clean = (words: string | undefined): string | undefined => cleanWords(words, [accessToken])
  return {
    scheme: challenge.scheme,
    error: clean(error),
    errorDescription: clean(error_description),
    scope: clean(scope),
  }
}
