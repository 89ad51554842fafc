import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** Takes logout tokens and answers with the status that is asked for the first, second, … one. */
export async function startReceiver(statusOf: (count: number) => number) {
  const tokens: string[] = []
  const server = createServer((req, res) => {
    void text(req).then(body => {
      tokens.push(new URLSearchParams(body).get('logout_token') ?? '')
      res.writeHead(statusOf(tokens.length)).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.close()
    server.closeAllConnections()
  }
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, tokens, [Symbol.asyncDispose]: close }
}
