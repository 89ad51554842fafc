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
export class HttpFailure extends Error {
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
