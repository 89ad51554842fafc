import { OidcApiError, type OidcOperation } from '../vocabulary/api-error.ts'
import type { OidcErrorCode } from '../vocabulary/errors.ts'
import { type Fetch, reasonOf } from './http.ts'

/** One request of an operation. */
export interface ApiCall {
  readonly operation: OidcOperation
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly url: URL
  /** The value of the `Authorization` header. */
  readonly authorization?: string | undefined
  readonly body?: unknown
  /** The statuses that mean success. */
  readonly expected: readonly number[]
}

/** The members of a JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>

/**
 * Makes one request and returns the JSON object that was answered; an empty one for 204.
 *
 * @throws {@link OidcApiError} `ERR_OIDC_REGISTRATION_REFUSED`, `ERR_OIDC_REGISTRATION_FAILED`, `ERR_OIDC_RATE_LIMITED`,
 * `ERR_OIDC_PROVIDER_UNAVAILABLE` or `ERR_OIDC_ANSWER_INVALID`.
 */
export async function callApi(fetch: Fetch, call: ApiCall): Promise<JsonObject> {
  const response = await send(fetch, call)
  if (!call.expected.includes(response.status)) throw await refusal(call, response)
  if (response.status === 204) return {}
  const body = await readJson(response)
  if (body) return body
  throw new OidcApiError(outcomeUnknown(call) ? 'ERR_OIDC_REGISTRATION_FAILED' : 'ERR_OIDC_ANSWER_INVALID', {
    operation: call.operation,
    providerStatus: response.status,
    message: `${describe(call)} answered HTTP ${response.status} without a JSON object.`,
  })
}

async function send(fetch: Fetch, call: ApiCall): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json' }
  if (call.authorization !== undefined) headers['authorization'] = call.authorization
  if (call.body !== undefined) headers['content-type'] = 'application/json'
  const body = call.body === undefined ? {} : { body: JSON.stringify(call.body) }
  try {
    return await fetch(call.url.href, { method: call.method, headers, ...body })
  } catch (cause) {
    throw new OidcApiError(
      outcomeUnknown(call) ? 'ERR_OIDC_REGISTRATION_FAILED' : 'ERR_OIDC_PROVIDER_UNAVAILABLE',
      {
        operation: call.operation,
        message: `${describe(call)} did not succeed: ${reasonOf(cause)}.`,
        cause,
      },
    )
  }
}

/** After a lost answer nobody knows whether the provider has done it. */
function outcomeUnknown({ method }: ApiCall): boolean {
  return method !== 'GET'
}

/** Hydra's `error` is often an English sentence, so the status alone decides. */
async function refusal(call: ApiCall, response: Response): Promise<OidcApiError> {
  const { status } = response
  const { error, error_description: description } = (await readJson(response)) ?? {}
  const words = [error, description].map(cleanWords).filter(word => word !== undefined)
  const said = words.length > 0 ? ` – ${words.join(': ')}` : ''
  return new OidcApiError(codeOf(call, status), {
    operation: call.operation,
    providerStatus: status,
    error: cleanWords(error),
    description: cleanWords(description),
    retryAfter: status === 429 ? retryAfter(response) : undefined,
    message: `${describe(call)} answered HTTP ${status}${said.replace(/\.$/, '')}. ${mend(call, status)}`,
  })
}

function codeOf(call: ApiCall, status: number): OidcErrorCode {
  if (status === 429) return 'ERR_OIDC_RATE_LIMITED'
  if (status >= 500)
    return outcomeUnknown(call) ? 'ERR_OIDC_REGISTRATION_FAILED' : 'ERR_OIDC_PROVIDER_UNAVAILABLE'
  return status >= 400 ? 'ERR_OIDC_REGISTRATION_REFUSED' : 'ERR_OIDC_ANSWER_INVALID'
}

function mend({ operation }: ApiCall, status: number): string {
  if (status === 429) return 'Try again later, less often.'
  if (status >= 500) return 'The provider has trouble of its own; try again later.'
  if (operation === 'createOidcDynamicClient') return createMend(status)
  if (status === 401)
    return 'Either the client is gone or its registration access token is no longer valid: register again.'
  if (status === 403) return 'The provider does not let a client change this itself; its administrator can.'
  if (status === 404)
    return 'Either the client is gone, or dynamic client registration is switched off there.'
  return 'Correct the member that the provider names.'
}

function createMend(status: number): string {
  const byHand = 'or set options.client to a client that was made by hand'
  if (status === 401 || status === 403)
    return `If the provider wants an initial access token, set options.initialAccessToken; ${byHand}.`
  if (status === 404)
    return `Switch dynamic client registration on there, name its address in options.endpoints.registration_endpoint, ${byHand}.`
  return `Correct the option that the provider names, ${byHand}.`
}

/** A request in words. Without its query, which may hold a secret. */
function describe({ operation, method, url }: ApiCall): string {
  return `${operation} (${method} ${url.origin}${url.pathname})`
}

function cleanWords(text: unknown): string | undefined {
  return typeof text === 'string' && text !== '' ? text.replace(/\p{Cc}+/gu, ' ').slice(0, 300) : undefined
}

/** RFC 9110 §10.2.3, in seconds; a date counts as a minute. */
function retryAfter(response: Response): number {
  const seconds = Number(response.headers.get('retry-after') ?? 60)
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3_600) : 60
}

async function readJson(response: Response): Promise<JsonObject | undefined> {
  if (!/^application\/([\w.-]+\+)?json\b/i.test(response.headers.get('content-type') ?? '')) return undefined
  const body: unknown = await response.json().catch(() => undefined)
  return typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as JsonObject) : undefined
}
