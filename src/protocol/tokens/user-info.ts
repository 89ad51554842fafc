import * as client from 'openid-client'
import { OidcApiError } from '../../vocabulary/api-error.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { isObject, type JsonObject } from '../../vocabulary/json.ts'
import { provenBy, requireProofKey } from '../client-authentication/token-proofs.ts'
import type { ProofKey } from '../keys/proof-keys.ts'
import { UnopenedResponse } from '../keys/response-encryption.ts'
import { allowedBy } from '../metadata/profile.ts'
import { signsWithAnyKey } from '../metadata/quirks.ts'
import type { Connection, Provider } from '../provider/connection.ts'
import { advise } from '../requests/failure-advice.ts'
import { readUserClaims } from '../requests/lenient-answers.ts'
import { failedVerification } from './failed-verification.ts'
import { type HeldToken, isSendable } from './protected-resource.ts'
import { verifySignature } from './signature.ts'
import { otherKind } from './token-kind.ts'
import { errorWithin, operation, requestError, statusError } from './user-info-errors.ts'

/** The provider, and the client that a signed answer must name, if known. */
type UserInfoConnection = Provider &
  Pick<Connection, 'configuration'> & {
    readonly clientId: string | undefined
    readonly openResponse?: Connection['openResponse']
    readonly userInfoAlgorithm?: Connection['userInfoAlgorithm']
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
  { accessToken, jkt }: HeldToken,
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
  const response = await send(connection, new URL(endpoint), { accessToken, jkt })
  if (response.status !== 200) throw await statusError(accessToken, response)
  const claims = readUserClaims(await readClaims(connection, accessToken, response))
  if (typeof claims['sub'] !== 'string') throw invalid('it has no sub')
  if (sub !== undefined && claims['sub'] !== sub) throw invalid('its sub is not the sub of the ID token')
  return claims
}

async function send(
  connection: UserInfoConnection,
  endpoint: URL,
  { accessToken, jkt }: HeldToken,
): Promise<Response> {
  const proof = provenBy(jkt === undefined ? undefined : await keyOf(connection, jkt))
  const accepted = new Headers({ accept: 'application/json, application/jwt' }) // not at module level: its first use loads undici
  return client
    .fetchProtectedResource(connection.configuration, accessToken, endpoint, 'GET', null, accepted, proof)
    .catch(async error => {
      throw await requestError(accessToken, error)
    })
}

/** Whether the provider has a UserInfo endpoint. */
export function hasUserInfo({ metadata }: Provider): boolean {
  return metadata.userinfo_endpoint !== undefined
}

async function readClaims(
  connection: UserInfoConnection,
  accessToken: string,
  response: Response,
): Promise<JsonObject> {
  const type = response.headers.get('content-type') ?? ''
  if (/^application\/jwt\b/i.test(type))
    return verifyJwt(connection, await opened(connection, await response.text()))
  const body: unknown = /^application\/json\b/i.test(type)
    ? await response.json().catch(() => undefined)
    : undefined
  const error = isObject(body) ? errorWithin(accessToken, body) : undefined
  if (error) throw error
  await opened(connection, '') // refuses what was to be encrypted
  const { userInfoAlgorithm: algorithm } = connection
  if (algorithm !== undefined)
    throw invalid(`it is not signed, and options.metadata.userinfo_signed_response_alg asks for ${algorithm}`)
  if (isObject(body)) return body
  throw new OidcApiError('ERR_OIDC_USER_INFO_UNAVAILABLE', {
    operation,
    providerStatus: 200,
    message: `The provider's UserInfo is neither a JSON object nor a JWT. ${advise(operation, 200, false)}`,
  })
}

/** The signed response, where it is encrypted. */
async function opened({ openResponse }: UserInfoConnection, response: string): Promise<string> {
  if (!openResponse) return response
  return openResponse('userinfo', response).catch(error => {
    throw error instanceof UnopenedResponse ? invalid(error.message, error) : error
  })
}

/** OpenID Connect Core 1.0 §5.3.2: a signed response names the issuer and the client. */
async function verifyJwt(connection: UserInfoConnection, jwt: string): Promise<JsonObject> {
  const expected = {
    issuer: connection.metadata.issuer,
    ...(connection.clientId === undefined ? {} : { audience: connection.clientId }),
    algorithms: allowedAlgorithms(connection),
  }
  const { payload, protectedHeader } = await verifySignature(connection.keys, jwt, {
    ...expected,
    clockTolerance: connection.clock.tolerance,
  }).catch(error => {
    throw error instanceof OidcError ? error : invalid(failedVerification(error, expected, jwt), error)
  })
  const other = otherKind(protectedHeader, payload)
  if (other) throw invalid(other)
  return payload
}

/** The one that the options ask for; otherwise the key decides. */
function allowedAlgorithms({ userInfoAlgorithm, metadata, profile }: UserInfoConnection): string[] {
  const isFixed = userInfoAlgorithm !== undefined && !signsWithAnyKey(metadata)
  return allowedBy(profile).filter(algorithm => !isFixed || algorithm === userInfoAlgorithm)
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

/** A key that is gone is like a refused token: a new token is bound to another key. */
async function keyOf({ proofKeys }: UserInfoConnection, jkt: string): Promise<ProofKey> {
  try {
    return await requireProofKey(proofKeys, jkt)
  } catch (error) {
    if (!(error instanceof OidcError) || error.code !== 'ERR_OIDC_ACCESS_TOKEN_REFUSED') throw error
    throw new OidcApiError(error.code, { operation, providerStatus: 401, message: error.message })
  }
}
