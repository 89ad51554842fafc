import { once } from 'node:events'
import { request } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { certify } from '../providers/tls-servers.ts'

/** Several https sites on one port of this machine, told apart by their names. */
export interface HttpsSites {
  /** The origin of the site with this name. */
  readonly at: (name: string) => string
  /** Gives a site to an app that listens at another address, as a proxy does. */
  readonly forward: (name: string, url: string) => void
  /** Gives a site one page. */
  readonly show: (name: string, html: string) => void
  readonly close: () => Promise<void>
}

export async function httpsSites(): Promise<HttpsSites> {
  const targets = new Map<string | undefined, string>()
  const pages = new Map<string | undefined, string>()
  const identity = await certify({ host: 'sites.test' })
  const server = createServer({ key: identity.private, cert: identity.cert }, (message, response) => {
    const name = message.headers.host?.split(':')[0]
    const target = targets.get(name)
    if (target === undefined) {
      const html = pages.get(name)
      return void response.writeHead(html ? 200 : 404, { 'content-type': 'text/html' }).end(html)
    }
    const headers = { ...message.headers, 'x-forwarded-proto': 'https' }
    const forwarded = request(target + message.url, { method: message.method, headers }, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(response)
    })
    forwarded.on('error', () => response.destroy())
    message.pipe(forwarded)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    at: name => `https://${name}:${port}`,
    forward: (name, url) => void targets.set(name, url),
    show: (name, html) => void pages.set(name, html),
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
