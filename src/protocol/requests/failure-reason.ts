import { OidcError } from '../../vocabulary/errors.ts'
import { UnopenedResponse } from '../keys/response-encryption.ts'
import { HttpFailure } from './bounded-fetch.ts'
import { failedCheck } from './failed-check.ts'
import { networkFault } from './network-faults.ts'

const notJson = 'the answer is not JSON'
const answerFaults: Readonly<Record<string, string>> = {
  OAUTH_RESPONSE_IS_NOT_JSON: notJson,
  OAUTH_PARSE_ERROR: notJson,
}

/**
 * Says in words why a request failed, and what to do about a fault of the network. Walks down the causes, because fetch
 * hides the reason in them. The wording of an unknown error is not repeated: it may hold the request. Its code is.
 *
 * @param tokenType - The type of access tokens that the request asked for.
 */
export function reasonOf(error: unknown, tokenType?: string): string {
  const causes = causesOf(error)
  const check = causes.map(cause => failedCheck(cause, tokenType)).find(words => words !== undefined)
  if (check !== undefined) return check
  for (const current of causes) {
    if (current instanceof HttpFailure || current instanceof UnopenedResponse) return current.message
    if (current instanceof OidcError) return current.message.replace(/\.$/, '')
    const code = codeOf(current)
    const known = knownFault(current)
    if (known) return known
    if (code === 'OAUTH_INVALID_RESPONSE' && current.cause instanceof Error) return current.cause.message
    const response = responseOf(current)
    if (response) return `HTTP ${response.status}`
    if (code.startsWith('OAUTH_')) return current.message
  }
  const code = causes.map(codeOf).find(candidate => errorCode.test(candidate))
  return code ? `the request failed (${code})` : 'the request failed, and the error has no code'
}

/** What error codes look like. Anything else in their place may hold the request. */
const errorCode = /^[A-Z][A-Z0-9_/]{1,79}$/

function knownFault(error: Error): string | undefined {
  const code = codeOf(error)
  return networkFault(error, code) ?? (Object.hasOwn(answerFaults, code) ? answerFaults[code] : undefined)
}

/** Failures of a connection that was never made. */
const unconnected: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

/** The error with which this library itself gave up a request, such as one without credentials to send. */
export function ownErrorOf(error: unknown): OidcError | undefined {
  return causesOf(error).find(cause => cause instanceof OidcError)
}

/** Whether a request failed because what the provider answered is not encrypted as it should be, or cannot be opened. */
export function isUnopened(error: unknown): boolean {
  return causesOf(error).some(cause => cause instanceof UnopenedResponse)
}

/** Whether a request failed before anything of it was sent. */
export function isUnsent(error: unknown): boolean {
  return causesOf(error).some(cause => unconnected.has(codeOf(cause)) || cause instanceof OidcError)
}

/** The status of the answer to a failed request, if there was one. */
export function statusOf(error: unknown): number | undefined {
  const failure = causesOf(error).find(current => current instanceof HttpFailure)
  return failure ? failure.status : responseOf(error)?.status
}

/** The answer with which a request of `openid-client` failed, if there was one. */
export function responseOf(error: unknown): Response | undefined {
  return causesOf(error)
    .flatMap(current => [current.cause, 'response' in current ? current.response : undefined])
    .find(found => found instanceof Response)
}

/**
 * The first cause whose wording is known, because this library, the system or `openid-client` chose it. The wording of
 * other errors may hold the request.
 */
export function knownCause(error: unknown): Error | undefined {
  return causesOf(error).find(current => {
    if ('data' in current) return false // undici's parser keeps the answer there
    return (
      current instanceof OidcError ||
      current instanceof HttpFailure ||
      current instanceof UnopenedResponse ||
      knownFault(current) ||
      codeOf(current).startsWith('OAUTH_')
    )
  })
}

function causesOf(error: unknown): Error[] {
  const causes: Error[] = []
  for (let current = error; current instanceof Error && causes.length < 8; current = current.cause)
    causes.push(current)
  return causes
}

/** The error's `code`, or an empty string. */
export function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
