import { callbackify } from 'node:util'
import session, { type SessionData } from 'express-session'
import { createClient } from 'redis'

type Client = ReturnType<typeof createClient>
type Done = (error?: unknown) => void

/** Keeps the sessions of express-session in Redis, for all processes of an app. */
class RedisSessions extends session.Store {
  readonly #client: Client

  constructor(client: Client) {
    super()
    this.#client = client
  }

  override get(id: string, done: (error: unknown, found?: SessionData | null) => void): void {
    callbackify(() => this.#read(id))(done)
  }

  override set(id: string, data: SessionData, done: Done = () => undefined): void {
    callbackify(() => this.#client.set(`session:${id}`, JSON.stringify(data)))(error => done(error))
  }

  override destroy(id: string, done: Done = () => undefined): void {
    callbackify(() => this.#client.del(`session:${id}`))(error => done(error))
  }

  async #read(id: string): Promise<SessionData | null> {
    const found = await this.#client.get(`session:${id}`)
    return found === null ? null : JSON.parse(found)
  }
}

/** Connects to a Redis of this machine that keeps sessions. */
export async function redisSessions(
  port: number,
): Promise<{ readonly store: session.Store; readonly close: () => void }> {
  const client: Client = createClient({ socket: { host: '127.0.0.1', port } })
  client.on('error', console.error)
  await client.connect()
  return { store: new RedisSessions(client), close: () => client.destroy() }
}
