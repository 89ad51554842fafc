import { HttpFailure } from './bounded-fetch.ts'

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ECONNRESET: 'the connection was reset',
  UND_ERR_SOCKET: 'the connection was closed',
  ENOTFOUND: 'the host name was not found',
  EAI_AGAIN: 'the host name could not be looked up',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its TLS certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its TLS certificate chain is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its TLS certificate cannot be verified',
  CERT_HAS_EXPIRED: 'its TLS certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its TLS certificate is for another host name',
  OAUTH_RESPONSE_IS_NOT_JSON: 'the answer is not JSON',
  OAUTH_PARSE_ERROR: 'the answer is not JSON',
}

/**
 * Says in words why a request failed. Walks down the causes, because fetch hides the reason in them. The wording of an
 * unknown error is not repeated: it may hold the request.
 */
export function reasonOf(error: unknown): string {
  for (const current of causesOf(error)) {
    if (current instanceof HttpFailure) return current.message
    const code = codeOf(current)
    if (reasons[code]) return reasons[code]
    if (code === 'OAUTH_INVALID_RESPONSE' && current.cause instanceof Error) return current.cause.message
    const response = responseOf(current)
    if (response) return `HTTP ${response.status}`
    if (code.startsWith('OAUTH_')) return current.message
  }
  const [first] = causesOf(error)
  return `the request failed${first ? ` (${first.name})` : ''}`
}

/** Failures of a connection that was never made. */
const unconnected: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])

/** Whether a request failed before anything of it was sent. */
export function isUnsent(error: unknown): boolean {
  return causesOf(error).some(cause => unconnected.has(codeOf(cause)))
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
    const code = codeOf(current)
    return current instanceof HttpFailure || Object.hasOwn(reasons, code) || code.startsWith('OAUTH_')
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
