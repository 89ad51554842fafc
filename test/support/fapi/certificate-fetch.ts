import { request as send } from 'node:https'
import { Readable } from 'node:stream'
import type { Fetch } from '../../../src/protocol/requests/bounded-fetch.ts'
import type { Identity } from '../providers/tls-servers.ts'

/** What an app presents to a provider. */
export interface Presented {
  /** The certificate and its key; without them, the app presents none. */
  readonly identity?: Identity | undefined
  /** Who has certified the provider, as PEM. */
  readonly ca: string
}

/** A fetch that presents a certificate to https servers, each time the current one. */
export function certificateFetch(current: () => Presented): typeof fetch & Fetch {
  return async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init)
    if (request.url.startsWith('http:')) return fetch(request)
    const { identity, ca } = current()
    const body = Buffer.from(await request.arrayBuffer())
    return new Promise((resolve, reject) => {
      const { method, url, signal } = request
      const tls = { ca, ...(identity && { cert: identity.cert, key: identity.private }) }
      const headers = Object.fromEntries(request.headers)
      send(url, { method, headers, signal, ...tls }, answer => {
        const { statusCode: status = 0 } = answer
        const hasBody = ![204, 205, 304].includes(status)
        resolve(
          new Response(hasBody ? (Readable.toWeb(answer) as ReadableStream) : null, {
            status,
            headers: answer.headers as Record<string, string>,
          }),
        )
      })
        .on('error', reject)
        .end(body)
    })
  }
}
