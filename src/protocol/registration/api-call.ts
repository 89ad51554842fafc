import { OidcApiError, type ProviderOperation } from '../../vocabulary/api-error.ts'
import { isPrintableAscii } from '../../vocabulary/ascii.ts'
import { cleanWords } from '../../vocabulary/clean-words.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { JsonObject } from '../../vocabulary/json.ts'
import type { Fetch } from '../requests/bounded-fetch.ts'
import { advise, codeOf } from '../requests/failure-advice.ts'
import { knownCause, reasonOf, statusOf } from '../requests/failure-reason.ts'
import { readJson, retryAfter } from '../requests/json-response.ts'
import { errorOf, statusOfError } from '../requests/lenient-answers.ts'

/** One request to the provider's registration API. */
export interface ApiCall {
  readonly operation: ProviderOperation
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: URL
  /** The value of the `Authorization` header. */
  readonly authorization?: string | undefined
  readonly body?: unknown
  /** The statuses that mean success. */
  readonly expected: readonly number[]
}

/**
 * Makes one request and returns the JSON object from the answer; an empty one for 204.
 *
 * @throws {@link OidcApiError} `ERR_OIDC_REGISTRATION_REFUSED`, `ERR_OIDC_REGISTRATION_FAILED`, `ERR_OIDC_RATE_LIMITED`,
 * `ERR_OIDC_CLIENT_UNMANAGEABLE`, `ERR_OIDC_PROVIDER_UNAVAILABLE` or `ERR_OIDC_ANSWER_INVALID`.
 */
export async function callApi(fetch: Fetch, call: ApiCall): Promise<JsonObject> {
  refuseUnsendable(call)
  const response = await send(fetch, call)
  if (!call.expected.includes(response.status)) throw refusal(call, response, await readJson(response))
  if (response.status === 204) return {}
  const body = await readJson(response)
  const error = body && errorOf(body, 'client_id')
  if (error !== undefined) throw refusal(call, response, body, statusOfError(error))
  if (body) return body
  const { status } = response
  throw new OidcApiError(
    isOutcomeUnknown(call) ? 'ERR_OIDC_REGISTRATION_FAILED' : 'ERR_OIDC_ANSWER_INVALID',
    {
      operation: call.operation,
      providerStatus: status,
      message: `${describe(call)} answered HTTP ${status} without a JSON object. ${advise(call.operation, 200, false)}`,
    },
  )
}

/** A header holds only printable ASCII (RFC 9110 §5.5). Checked here, because the platform's own error would quote the token. */
function refuseUnsendable({ authorization = '' }: ApiCall): void {
  if (isPrintableAscii(authorization)) return
  throw new OidcError('ERR_OIDC_CLIENT_METADATA_INVALID', {
    message:
      'The token must consist of printable ASCII characters. Pass it exactly as the provider issued it, without line breaks.',
  })
}

async function send(fetch: Fetch, call: ApiCall): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (call.authorization !== undefined) headers['authorization'] = call.authorization
  if (call.body !== undefined) headers['content-type'] = 'application/json'
  const body = call.body === undefined ? {} : { body: JSON.stringify(call.body) }
  try {
    return await fetch(call.url.href, { method: call.method, headers, ...body })
  } catch (error) {
    const status = statusOf(error)
    if (managementOperations.has(call.operation) && status !== undefined) throw notManageable(call, status)
    const code = isOutcomeUnknown(call) ? 'ERR_OIDC_REGISTRATION_FAILED' : 'ERR_OIDC_PROVIDER_UNAVAILABLE'
    throw new OidcApiError(code, {
      operation: call.operation,
      providerStatus: status,
      message: `${describe(call)} failed: ${reasonOf(error)}. ${advise(call.operation, undefined, false)}`,
      cause: knownCause(error),
    })
  }
}

const managementOperations: ReadonlySet<ProviderOperation> = new Set([
  'getOidcDynamicClient',
  'setOidcDynamicClient',
  'deleteOidcDynamicClient',
])

/** A provider that does not offer RFC 7592 there redirects, for example to its login page. Nothing was changed. */
function notManageable(call: ApiCall, status: number): OidcApiError {
  return new OidcApiError('ERR_OIDC_CLIENT_UNMANAGEABLE', {
    operation: call.operation,
    providerStatus: status,
    message: `${describe(call)} answered HTTP ${status}, a redirect, so the provider does not let this client be managed there (RFC 7592). Ask the provider's administrator to change or delete the client.`,
  })
}

/** If the answer is lost, the provider may still have carried out the request. */
function isOutcomeUnknown({ method }: ApiCall): boolean {
  return method !== 'GET'
}

/** @param meant - The status that fits the answer, where the provider has sent an error with one of success. */
function refusal(
  call: ApiCall,
  response: Response,
  { error, error_description: description }: JsonObject = {},
  meant = response.status,
): OidcApiError {
  const { status } = response
  const sent = secretsOf(call)
  const words = [error, description].map(word => cleanWords(word, sent)).filter(word => word !== undefined)
  const said = words.length > 0 ? ` – ${words.join(': ')}` : ''
  return new OidcApiError(codeOf(meant, isOutcomeUnknown(call)), {
    operation: call.operation,
    providerStatus: status,
    error: cleanWords(error, sent),
    description: cleanWords(description, sent),
    retryAfter: status === 429 ? retryAfter(response) : undefined,
    message: `${describe(call)} answered HTTP ${status}${said.replace(/\.$/, '')}. ${advise(call.operation, meant, words.length > 0)}`,
  })
}

/** Secrets of a request that the provider may have echoed, both encoded and decoded. */
function secretsOf({ authorization = '', url }: ApiCall): string[] {
  const [, credentials = ''] = authorization.split(' ')
  const basic = authorization.startsWith('Basic ') ? Buffer.from(credentials, 'base64').toString() : ''
  const inQuery = [...url.searchParams.values(), url.search.slice(1)]
  const parts = [credentials, basic, ...basic.split(':').slice(1), ...inQuery]
  return parts.flatMap(part => [part, decodeForm(part)]).filter(part => part.length > 3)
}

function decodeForm(text: string): string {
  return new URLSearchParams(`text=${text}`).get('text') ?? text
}

/** Describes a request, without its query, which may hold a secret. */
function describe({ operation, method, url }: ApiCall): string {
  return `${operation} (${method} ${url.origin}${url.pathname})`
}
