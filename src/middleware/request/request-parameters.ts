import type { Request } from 'express'
import { OidcError } from '../../vocabulary/errors.ts'

const LARGEST = 16_384

/** Reads the parameters of a request's query, no matter which query parser the app uses. */
export function readQuery(req: Request): URLSearchParams {
  const start = req.originalUrl.indexOf('?')
  return new URLSearchParams(start < 0 ? '' : req.originalUrl.slice(start))
}

/** The value of a parameter that occurs once. A repeated parameter counts as absent (RFC 6749 §3.1). */
export function single(parameters: URLSearchParams, name: string): string | undefined {
  const [value, another] = parameters.getAll(name)
  return another === undefined ? value : undefined
}

/**
 * Reads the parameters of a posted form, whether or not the app has already parsed the body. Other content types are refused.
 */
export async function readForm(req: Request): Promise<URLSearchParams> {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(req.headers['content-type'] ?? '')) {
    throw new OidcError('ERR_OIDC_BODY_INVALID', {
      message: 'The body must be application/x-www-form-urlencoded.',
    })
  }
  const parsed: unknown = req.body
  if (typeof parsed === 'string' || Buffer.isBuffer(parsed)) return new URLSearchParams(parsed.toString())
  if (typeof parsed === 'object' && parsed !== null && req.readableEnded) return fromParsed(parsed)
  return new URLSearchParams(await readText(req))
}

/**
 * The app's parser has turned repeated parameters into arrays, which become repeated parameters again. Objects, which it makes
 * from `a[b]=c`, are not used here.
 */
function fromParsed(parsed: object): URLSearchParams {
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(parsed)) {
    for (const one of [value].flat()) if (typeof one === 'string') form.append(name, one)
  }
  return form
}

async function readText(req: Request): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of req.iterator({ destroyOnReturn: false })) {
    size += chunk.length
    if (size > LARGEST) break
    chunks.push(chunk)
  }
  if (size <= LARGEST) return Buffer.concat(chunks).toString('utf8')
  req.resume() // the rest is dropped; unread, it would block the next request on the same connection
  throw new OidcError('ERR_OIDC_BODY_INVALID', { message: `The body is larger than ${LARGEST} bytes.` })
}
