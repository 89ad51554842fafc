import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One address for several processes. */
export interface Balancer {
  readonly url: string
  /** Where requests go from now on, each to a random one. */
  readonly targets: number[]
  readonly close: () => Promise<void>
}

/** Starts a load balancer that knows no browser again: each request can come to another process. */
export async function startBalancer(): Promise<Balancer> {
  const targets: number[] = []
  const server = createServer((incoming, outgoing) => {
    forward(targets[Math.floor(Math.random() * targets.length)], incoming, outgoing)
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    targets,
    async close() {
      if (!server.listening) return
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function forward(port: number | undefined, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method, url, headers } = incoming
  const onward = request({ host: 'localhost', port, method, path: url, headers }, answer => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.pipe(outgoing)
  })
  onward.on('error', error => {
    if (outgoing.headersSent) outgoing.destroy()
    else outgoing.writeHead(502).end(String(error))
  })
  incoming.pipe(onward)
}
