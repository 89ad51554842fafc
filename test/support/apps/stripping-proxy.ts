import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface StrippingProxy {
  /** With the prefix. */
  readonly url: string
  /** Names the app that gets the requests. */
  readonly forwardTo: (appUrl: string) => void
  readonly close: () => Promise<void>
}

/** A reverse proxy as `location /shop/ { proxy_pass http://app/; }` makes it: what reaches the app has no prefix. */
export async function strippingProxy(
  prefix: string,
  { keepHost = false }: { readonly keepHost?: boolean } = {},
): Promise<StrippingProxy> {
  let target = ''
  const server = createServer((message, response) => {
    const path = message.url ?? '/'
    if (!path.startsWith(`${prefix}/`)) return void response.writeHead(404).end('not behind this prefix')
    const host = keepHost ? message.headers.host : new URL(target).host
    const options = { method: message.method, headers: { ...message.headers, host } }
    const forwarded = request(target + path.slice(prefix.length), options, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(response)
    })
    forwarded.on('error', () => response.destroy())
    message.pipe(forwarded)
  }).listen(0, 'localhost')
  await once(server, 'listening')
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}${prefix}`,
    forwardTo: appUrl => {
      target = appUrl
    },
    close: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
