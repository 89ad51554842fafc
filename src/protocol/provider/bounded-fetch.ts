import type { CustomFetch } from 'openid-client'

/** A function with the shape of the global `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Hands a fetch of ours to `openid-client`. */
export function asCustomFetch(fetch: Fetch): CustomFetch {
  return (url, { body, ...init }) =>
    fetch(url, body === undefined ? init : { ...init, body: body as NonNullable<RequestInit['body']> })
}

/** What one request to the provider may cost. */
interface HttpLimits {
  /** Milliseconds from the request to the last byte of the answer. */
  readonly deadline: number
  /** Bytes of the answer after decoding. */
  readonly size: number
  /** What becomes of a redirect. It is never followed. */
  readonly redirects: 'refuse' | 'return'
}

/** Why a request to the provider did not bring a usable answer, in words for an operator. */
class HttpFailure extends Error {
  override readonly name = 'HttpFailure'
  /** The status that was answered, if there was an answer. */
  readonly status: number | undefined

  constructor(reason: string, status?: number) {
    super(reason)
    this.status = status
  }
}

const defaultLimits: HttpLimits = { deadline: 5_000, size: 1_048_576, redirects: 'refuse' }

/**
 * Wraps a fetch so that no answer of the provider can hold up or fill up the process: bounded in time and size, no
 * redirect followed, body read to its end. Every request of this library goes through it.
 */
export function boundFetch(fetch: Fetch, changed: Partial<HttpLimits> = {}): Fetch {
  const limits = { ...defaultLimits, ...changed }
  return async function boundedFetch(url, init) {
    const deadline = AbortSignal.timeout(limits.deadline)
    const signal = init.signal ? AbortSignal.any([init.signal, deadline]) : deadline
    try {
      const response = await fetch(url, { ...init, redirect: 'manual', signal })
      if (limits.redirects === 'refuse') await refuseRedirect(response)
      const body = await readBody(response, limits.size)
      const { status, statusText, headers } = response
      return new Response(body.byteLength > 0 ? body : null, { status, statusText, headers })
    } catch (error) {
      if (deadline.aborted) throw new HttpFailure(`no answer within ${limits.deadline / 1_000} s`)
      throw error
    }
  }
}

async function refuseRedirect(response: Response): Promise<void> {
  if (response.status < 300 || response.status >= 400) return
  await response.body?.cancel()
  throw new HttpFailure(`HTTP ${response.status}, a redirect, which is not followed`, response.status)
}

async function readBody(response: Response, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > limit) throw new HttpFailure(`the answer is larger than ${limit} bytes`) // leaving the loop cancels the body
    chunks.push(chunk)
  }
  return new Uint8Array(Buffer.concat(chunks))
}

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

/** Whether a host name or address literal is on this machine (RFC 6761 §6.3, RFC 5735 §3, RFC 4291 §2.5.3). */
function isLoopback(url: URL): boolean {
  const { hostname } = url
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d+){3}$/.test(hostname)
  )
}

/** Whether a secret may be sent to an address: https, or http on this machine. */
export function isConfidential(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}
