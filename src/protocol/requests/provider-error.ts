import * as client from 'openid-client'
import { OidcError, type OidcErrorCode, type OidcErrorDetails } from '../../vocabulary/errors.ts'
import type { ProviderMetadata } from '../metadata/provider-metadata.ts'
import { isClientRefusal } from '../metadata/quirks.ts'
import { codeOf, isUnopened, knownCause, ownErrorOf, reasonOf, responseOf } from './failure-reason.ts'
import { retryAfter } from './json-response.ts'
import { addSkew, isIntolerable, type ProviderClock, readSkew } from './provider-clock.ts'
import { nonceWanted, type ProviderWords, readWords } from './provider-words.ts'

/**
 * What a failed request means:
 *
 * - `unavailable`: there was no answer, or the provider's server has a problem (5xx);
 * - `clocks differ`: the provider's server failed (500), or an ID token's times are refused, because a clock is wrong;
 * - `rate limited`: too many requests (429);
 * - `client refused`: the provider did not accept the client or its credentials;
 * - `refused`: the provider accepted the client, but not what was asked for;
 * - `ID token invalid`: the answer holds an ID token that breaks a rule;
 * - `unusable`: the answer breaks the protocol in another way.
 */
type Meaning =
  | 'unavailable'
  | 'clocks differ'
  | 'rate limited'
  | 'client refused'
  | 'refused'
  | 'ID token invalid'
  | 'unusable'

/** A request through `openid-client` that failed. */
export interface ProviderFailure {
  readonly meaning: Meaning
  /** Why it failed, in words for an operator, such as `HTTP 503`. Names a difference between the clocks. */
  readonly reason: string
  /** What an error about it carries. Only causes with known wording are kept: others may hold what was sent. */
  readonly details: Pick<OidcErrorDetails, 'cause' | 'error' | 'description' | 'retryAfter' | 'clientId'>
}

/** The client that made the request. */
interface RequestingClient {
  readonly metadata: ProviderMetadata
  /** How it authenticates. */
  readonly method: string | undefined
  readonly clock: ProviderClock
  readonly clientId?: string | undefined
  readonly sentSecrets?: () => readonly string[]
  /** Whether it asks for access tokens that are bound to a key. */
  readonly dpopBoundAccessTokens?: boolean
}

/**
 * Decides what an error of `openid-client` means: by the answer's status, then by error codes.
 *
 * @param sent - Secrets of the request, which are not repeated if the provider does.
 */
export async function readFailure(
  error: unknown,
  requester?: RequestingClient,
  sent: readonly string[] = [],
): Promise<ProviderFailure> {
  const response = responseOf(error)
  const words = await readWords(error, [...(requester?.sentSecrets?.() ?? []), ...sent])
  const withoutClocks = meaningOf(error, requester, words)
  const skew = skewOf(withoutClocks, response, requester)
  const meaning =
    isIntolerable(skew, requester?.clock.tolerance) && dependsOnClocks(error, words)
      ? 'clocks differ'
      : withoutClocks
  const tokenType = requester?.dpopBoundAccessTokens ? 'DPoP' : 'Bearer'
  const reason = [reasonOf(error, tokenType), words.error, words.description && `"${words.description}"`]
  return {
    meaning,
    reason: addSkew(reason.filter(part => part !== undefined).join(', '), skew, requester?.clock.tolerance),
    details: {
      cause: knownCause(error),
      ...words,
      clientId: requester?.clientId,
      retryAfter: meaning === 'rate limited' && response ? retryAfter(response) : undefined,
    },
  }
}

/** A failed request's own answer has the time. An ID token came in the newest answer. */
function skewOf(
  meaning: Meaning,
  response: Response | undefined,
  requester: RequestingClient | undefined,
): number | undefined {
  return meaning === 'ID token invalid' ? requester?.clock.skew() : response && readSkew(response)
}

/** Ory Hydra answers 500 to an assertion whose times it refuses. A proof without a nonce has only its own time. */
function dependsOnClocks(error: unknown, words: ProviderWords): boolean {
  if (responseOf(error)?.status === 500 || words.error === 'invalid_dpop_proof') return true
  return error instanceof client.ClientError && codeOf(error) === 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED'
}

function meaningOf(error: unknown, requester: RequestingClient | undefined, words: ProviderWords): Meaning {
  if (isUnopened(error)) return 'ID token invalid'
  const status = responseOf(error)?.status
  if (status === 429) return 'rate limited'
  if (words.error === nonceWanted) return 'unavailable'
  if (status !== undefined && status >= 500) return 'unavailable'
  if (error instanceof client.WWWAuthenticateChallengeError)
    return status === 401 && !isAboutGrant(words.error) ? 'client refused' : 'refused'
  if (error instanceof client.ResponseBodyError)
    return isAboutClient(error, requester) ? 'client refused' : 'refused'
  if (!(error instanceof client.ClientError) || error.code === undefined) return 'unavailable'
  if (withoutAnswer.has(error.code)) return 'unavailable'
  return isAboutIdToken(error) ? 'ID token invalid' : 'unusable'
}

/** RFC 6749 §5.2: 401 is for refused clients. Some providers also use it for a refused code or refresh token. */
function isAboutClient(
  { error, status }: client.ResponseBodyError,
  requester: RequestingClient | undefined,
): boolean {
  if (requester && isClientRefusal(requester.metadata, error, requester.method)) return true
  return status === 401 && !isAboutGrant(error)
}

/** About what was sent with the client's credentials: a code, a refresh token, or a proof (RFC 9449 §5). */
function isAboutGrant(error: string | undefined): boolean {
  return error === 'invalid_grant' || error === 'invalid_dpop_proof'
}

const withoutAnswer: ReadonlySet<string> = new Set(['OAUTH_TIMEOUT', 'OAUTH_ABORT'])
const idTokenCodes: ReadonlySet<string> = new Set([
  'OAUTH_JWT_CLAIM_COMPARISON_FAILED',
  'OAUTH_JWT_TIMESTAMP_CHECK_FAILED',
])

/** The codes of other faults do not say whether they are about the ID token or the response around it; the words do. */
function isAboutIdToken(error: client.ClientError): boolean {
  if (idTokenCodes.has(codeOf(error))) return true
  return error.cause instanceof Error && /\b(JWT|JWS|JWE|ID Token)\b/.test(error.cause.message)
}

/** The error for a failed request to the token endpoint. `refused` is the code for a grant that was not accepted. */
export async function buildTokenError(
  requester: RequestingClient,
  error: unknown,
  refused: 'ERR_OIDC_CODE_REFUSED' | 'ERR_OIDC_REFRESH_REFUSED',
  sent: readonly string[],
): Promise<OidcError> {
  const own = ownErrorOf(error)
  if (own) return own
  const { meaning, reason, details } = await readFailure(error, requester, sent)
  if (meaning === 'unavailable' || meaning === 'clocks differ')
    return new OidcError(unservedCode(meaning), {
      ...details,
      message: `The provider's token endpoint did not give a usable answer: ${reason}.`,
    })
  const codes = {
    'rate limited': 'ERR_OIDC_RATE_LIMITED',
    'client refused': 'ERR_OIDC_CLIENT_REFUSED',
    refused,
    'ID token invalid': 'ERR_OIDC_ID_TOKEN_INVALID',
    unusable: 'ERR_OIDC_TOKEN_RESPONSE_INVALID',
  } as const
  return new OidcError(codes[meaning], { ...details, reason })
}

/** The code for a request that the provider did not serve, whatever its answer means apart from the clocks. */
export function unservedCode(meaning: Meaning): OidcErrorCode {
  return meaning === 'clocks differ' ? 'ERR_OIDC_CLOCKS_DIFFER' : 'ERR_OIDC_PROVIDER_UNAVAILABLE'
}

const requestCodes: Readonly<Record<Meaning, OidcErrorCode>> = {
  unavailable: 'ERR_OIDC_PROVIDER_UNAVAILABLE',
  'clocks differ': 'ERR_OIDC_CLOCKS_DIFFER',
  'rate limited': 'ERR_OIDC_RATE_LIMITED',
  'client refused': 'ERR_OIDC_CLIENT_REFUSED',
  refused: 'ERR_OIDC_ANSWER_INVALID',
  'ID token invalid': 'ERR_OIDC_ANSWER_INVALID',
  unusable: 'ERR_OIDC_ANSWER_INVALID',
}

/**
 * The error for another request that was made as a client, such as an introspection. There, a 401 without a challenge or JSON is
 * reason enough to ask the token endpoint about the client.
 */
export async function buildRequestError(
  requester: RequestingClient,
  error: unknown,
  endpoint: string,
  sent: readonly string[] = [],
): Promise<OidcError> {
  const own = ownErrorOf(error)
  if (own) return own
  const { meaning, reason, details } = await readFailure(error, requester, sent)
  const isBareRefusal = meaning === 'unusable' && responseOf(error)?.status === 401
  return new OidcError(isBareRefusal ? 'ERR_OIDC_CLIENT_REFUSED' : requestCodes[meaning], {
    ...details,
    message: `The provider's ${endpoint} did not give a usable answer: ${reason}.`,
  })
}
