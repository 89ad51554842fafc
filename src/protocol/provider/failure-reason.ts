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
 * Says in words why a request failed. Walks down the causes, because fetch hides the reason in them. Words of an error that
 * is not known are not repeated: they may hold the request.
 */
export function reasonOf(error: unknown): string {
  for (const current of causesOf(error)) {
    if (current instanceof HttpFailure) return current.message
    const code = codeOf(current)
    if (reasons[code]) return reasons[code]
    if (code === 'OAUTH_INVALID_RESPONSE' && current.cause instanceof Error) return current.cause.message
    if (current.cause instanceof Response) return `HTTP ${current.cause.status}`
    if (code.startsWith('OAUTH_')) return current.message
  }
  const [first] = causesOf(error)
  return `the request failed${first ? ` (${first.name})` : ''}`
}

/** The status that a failed request was answered with, if it was answered. */
export function statusOf(error: unknown): number | undefined {
  for (const current of causesOf(error)) {
    if (current instanceof HttpFailure) return current.status
    if (current.cause instanceof Response) return current.cause.status
  }
  return undefined
}

/** The error itself if its words are ours or the system's, else `undefined`: others may hold the request. */
export function knownCause(error: unknown): Error | undefined {
  return causesOf(error).find(
    current => current instanceof HttpFailure || Object.hasOwn(reasons, codeOf(current)),
  )
}

function causesOf(error: unknown): Error[] {
  const causes: Error[] = []
  for (let current = error; current instanceof Error && causes.length < 8; current = current.cause)
    causes.push(current)
  return causes
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : ''
}
