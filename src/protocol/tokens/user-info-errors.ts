import * as client from 'openid-client'
import { type BearerChallenge, OidcApiError } from '../../vocabulary/api-error.ts'
import { cleanWords } from '../../vocabulary/clean-words.ts'
import type { JsonObject } from '../../vocabulary/json.ts'
import { advise } from '../requests/failure-advice.ts'
import { knownCause, reasonOf, responseOf, statusOf } from '../requests/failure-reason.ts'
import { readJson, retryAfter } from '../requests/json-response.ts'
import { errorOf, withoutEmpty } from '../requests/lenient-answers.ts'
import { nonceWanted } from '../requests/provider-words.ts'

/** The name of the operation that fetches UserInfo. */
export const operation = 'getOidcUserInfo'

/** The error for a request that failed: refused by the provider, or without an answer. */
export async function requestError(accessToken: string, error: unknown): Promise<OidcApiError> {
  const response = responseOf(error)
  if (response) return statusError(accessToken, response, challengeOf(accessToken, error))
  return new OidcApiError('ERR_OIDC_USER_INFO_UNAVAILABLE', {
    operation,
    providerStatus: statusOf(error),
    message: `The provider's UserInfo cannot be read: ${reasonOf(error)}. ${advise(operation, undefined, false)}`,
    cause: knownCause(error),
  })
}

/** The error for an answer with another status than 200. */
export async function statusError(
  accessToken: string,
  response: Response,
  challenge?: BearerChallenge,
): Promise<OidcApiError> {
  const { status } = response
  const { error, description, message } = readWords(
    accessToken,
    status,
    (await readJson(response)) ?? {},
    challenge,
  )
  const isRefused = (status === 401 || status === 403) && error !== nonceWanted
  const advice = isRefused
    ? "Refresh the access token, or sign the user in again. If a new one is refused, it is for another API: set userInfo to { when: 'lazily' }."
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
      message: `${message} ${advice}`,
    },
  )
}

/** The error for an answer that holds no claims but an error, although its status is 200: it says nothing about the user. */
export function errorWithin(accessToken: string, body: JsonObject): OidcApiError | undefined {
  if (errorOf(withoutEmpty(body), 'sub') === undefined) return undefined
  const { error, description, message } = readWords(accessToken, 200, body)
  return new OidcApiError('ERR_OIDC_USER_INFO_UNAVAILABLE', {
    operation,
    providerStatus: 200,
    error,
    description,
    message: `${message} ${advise(operation, 500, false)}`,
  })
}

/** What the provider says about the request, in its own words and as a sentence. */
function readWords(
  accessToken: string,
  status: number,
  body: JsonObject,
  challenge?: BearerChallenge,
): {
  readonly error: string | undefined
  readonly description: string | undefined
  readonly message: string
} {
  const error = challenge?.error ?? cleanWords(body['error'], [accessToken])
  const description = challenge?.errorDescription ?? cleanWords(body['error_description'], [accessToken])
  const said = [`HTTP ${status}`, error, description && `"${description}"`].filter(part => part !== undefined)
  return { error, description, message: `${operation} answered ${said.join(', ')}.` }
}

function challengeOf(accessToken: string, failure: unknown): BearerChallenge | undefined {
  if (!(failure instanceof client.WWWAuthenticateChallengeError)) return undefined
  const challenges = failure.cause.filter(({ scheme }) => scheme === 'bearer' || scheme === 'dpop')
  const challenge = challenges.find(({ parameters }) => parameters.error !== undefined) ?? challenges[0]
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
