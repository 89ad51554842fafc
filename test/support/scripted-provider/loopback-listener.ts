import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** An HTTP listener on loopback that keeps its port over stops and starts. */
export interface LoopbackListener {
  readonly origin: string
  /** Listens again on the same port. */
  readonly start: () => Promise<void>
  /** Closes the listener and every connection: from then on connections are refused. */
  readonly stop: () => Promise<void>
}

type Handler = (message: IncomingMessage, response: ServerResponse) => Promise<void>

/** Listens on a free port. */
export async function loopbackListener(handle: Handler): Promise<LoopbackListener> {
  const server = createServer((message, response) => {
    response.setHeader('date', new Date().toUTCString()) // Node's own date does not follow a clock that a test has stopped
    // A client that hangs up while it sends has no use for an answer.
    handle(message, response).catch(() => response.destroy())
  })
  const listen = async (port: number): Promise<void> => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
  }
  await listen(0)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The listener has no port.')
  return {
    origin: `http://127.0.0.1:${address.port}`,
    start: async () => {
      if (!server.listening) await listen(address.port)
    },
    stop: async () => {
      if (!server.listening) return
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
