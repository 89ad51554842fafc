import type { CustomFetch } from 'openid-client'
import { isTooDeep, MOST_LEVELS, parseJson } from '../../vocabulary/json.ts'
import { readAnswer } from './read-answer.ts'

/** A function with the shape of the global `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Adapts a {@link Fetch} for `openid-client`. */
export function asCustomFetch(fetch: Fetch): CustomFetch {
  return (url, { body, ...init }) =>
    fetch(url, body === undefined ? init : { ...init, body: body as NonNullable<RequestInit['body']> })
}

/** Limits of one request to the provider. */
interface HttpLimits {
  /** Milliseconds from sending the request to receiving the last byte of the answer. */
  readonly deadline: number
  /** Bytes of the answer, after decompression. */
  readonly size: number
  /** Whether a redirect is an error or is returned. It is never followed. */
  readonly redirects: 'refuse' | 'return'
}

/** A request to the provider brought no usable answer. The message says why, in words for an operator. */
export class HttpFailure extends Error {
  override readonly name = 'HttpFailure'
  /** The status of the answer, if there was one. */
  readonly status: number | undefined

  constructor(reason: string, status?: number) {
    super(reason)
    this.status = status
  }
}

const defaultLimits: HttpLimits = { deadline: 5_000, size: 1_048_576, redirects: 'refuse' }

/**
 * Wraps a fetch so that no answer can block the process or exhaust its memory: bounded in time, size and
 * nesting, no redirect followed, body read to its end. Every request of this library goes through it.
 */
export function boundFetch(fetch: Fetch, changed: Partial<HttpLimits> = {}): Fetch {
  const limits = { ...defaultLimits, ...changed }
  return async function boundedFetch(url, init) {
    const late = new AbortController() // AbortSignal.timeout() would also fire after each answer that came in time
    const timer = setTimeout(() => late.abort(), limits.deadline).unref()
    const signal = init.signal ? AbortSignal.any([init.signal, late.signal]) : late.signal
    try {
      const response = await fetch(url, { ...init, redirect: 'manual', signal })
      if (limits.redirects === 'refuse') await refuseRedirect(response)
      return readAnswer(await readBody(response, limits.size), response)
    } catch (error) {
      if (late.signal.aborted) throw new HttpFailure(noAnswerWithin(limits.deadline))
      throw error
    } finally {
      clearTimeout(timer)
    }
  }
}

function noAnswerWithin(deadline: number): string {
  return `no answer within ${deadline / 1_000} s; check the address, and the firewalls and proxies on the way`
}

async function refuseRedirect(response: Response): Promise<void> {
  if (response.status < 300 || response.status >= 400) return
  await response.body?.cancel()
  throw new HttpFailure(`HTTP ${response.status}, a redirect, which is not followed`, response.status)
}

async function readBody(response: Response, limit: number): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength
    if (size > limit) throw new HttpFailure(`the answer is larger than ${limit} bytes`) // leaving the loop cancels the body
    chunks.push(chunk)
  }
  const text = new TextDecoder().decode(Buffer.concat(chunks))
  if (isTooDeep(parseJson(text)))
    throw new HttpFailure(`the answer is nested more than ${MOST_LEVELS} levels deep`)
  return text
}
