import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Administration, ProviderAddress, ProviderServer, Purpose } from './administration.ts'

/** A provider as the processes of the tests see it. */
export interface RemoteAddress extends ProviderAddress {
  readonly id: string
  readonly operations: readonly (keyof Administration)[]
}

/** Lets the processes of the tests start providers in this one, and administrate them. */
export interface Control {
  readonly url: string
  readonly start: (name: string, purpose: Purpose) => Promise<RemoteAddress>
  readonly close: () => Promise<void>
}

export async function startControl(
  startServer: (name: string, purpose: Purpose) => Promise<ProviderServer>,
): Promise<Control> {
  const servers = new Map<string, ProviderServer>()
  const start: Control['start'] = async (name, purpose) => {
    const server = await startServer(name, purpose)
    const id = String(servers.size + 1)
    servers.set(id, server)
    const { administration, close: _close, ...address } = server
    return { ...address, id, operations: Object.keys(administration) as (keyof Administration)[] }
  }
  const operate = async ([id = '', operation = '']: readonly string[], given: readonly unknown[]) => {
    if (id === 'start') return await start(String(given[0]), given[1] as Purpose)
    const server = servers.get(id)
    if (operation === 'close') return await server?.close()
    const operations = (server?.administration ?? {}) as Record<
      string,
      (...given: unknown[]) => Promise<unknown>
    >
    const called = operations[operation]
    if (called === undefined) throw new Error(`This provider has no ${operation}.`)
    return await called(...given)
  }
  const listener = createServer((request, response) => void answer(operate, request, response))
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    start,
    async close() {
      listener.closeAllConnections()
      listener.close()
      await Promise.all([...servers.values()].map(server => server.close().catch(() => {})))
    },
  }
}

type Operate = (path: readonly string[], given: readonly unknown[]) => Promise<unknown>

async function answer(operate: Operate, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '/').split('/').slice(1)
  try {
    const result = await operate(path, JSON.parse(await text(request)) as unknown[])
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result ?? null))
  } catch (error) {
    response.writeHead(500).end(String(error))
  }
}
