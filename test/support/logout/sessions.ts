import type { SessionData, Store } from 'express-session'
import type { Medium } from '../media.ts'

/** A session store of a server, and how to hang up. */
export interface OpenSessions {
  readonly store: Store
  readonly close: () => Promise<void>
}

/** Opens the sessions of an app on a server, by the store that apps use there. */
export async function openSessions({ kind, place }: Medium): Promise<OpenSessions> {
  if (kind === 'redis') return redisSessions(Number(place))
  if (kind === 'postgres') return postgresSessions(Number(place))
  throw new Error(`There is no session store in ${kind}.`)
}

async function redisSessions(port: number): Promise<OpenSessions> {
  const [{ createClient }, { RedisStore }] = await Promise.all([import('redis'), import('connect-redis')])
  const client = createClient({ socket: { host: '127.0.0.1', port } })
  client.on('error', console.error)
  await client.connect()
  return { store: new RedisStore({ client }), close: async () => client.destroy() }
}

async function postgresSessions(port: number): Promise<OpenSessions> {
  const [{ Pool }, { default: connect }, session] = await Promise.all([
    import('pg'),
    import('connect-pg-simple'),
    import('express-session'),
  ])
  const pool = new Pool({ host: '127.0.0.1', port, user: 'postgres', max: 4 })
  pool.on('error', console.error)
  const store = new (connect(session.default))({
    pool,
    createTableIfMissing: true,
    pruneSessionInterval: false,
  })
  return { store, close: () => pool.end() }
}

/** What a store of sessions can be stopped at. */
export type SessionCall = 'set' | 'destroy' | 'touch'

/** Stops a store at its next call of a kind, until it may go on. */
export interface Hold {
  readonly call: SessionCall
  /** Is called when the call has come. */
  readonly reached: () => void
  /** What the call waits for. */
  readonly released: Promise<void>
}

/** Lets a test stop a store. The store itself stays what it is: of its class, with its private fields. */
export function holdable(store: Store): { readonly hold: (hold: Hold) => void } {
  const holds: Hold[] = []
  const passing = async (call: SessionCall): Promise<void> => {
    const index = holds.findIndex(hold => hold.call === call)
    const [hold] = index < 0 ? [] : holds.splice(index, 1)
    hold?.reached()
    await hold?.released
  }
  const { set, destroy, touch } = {
    set: store.set.bind(store),
    destroy: store.destroy.bind(store),
    touch: store.touch?.bind(store),
  }
  store.set = (id: string, data: SessionData, done) => void passing('set').then(() => set(id, data, done))
  store.destroy = (id: string, done) => void passing('destroy').then(() => destroy(id, done))
  if (touch)
    store.touch = (id: string, data: SessionData, done) =>
      void passing('touch').then(() => touch(id, data, done))
  return { hold: hold => void holds.push(hold) }
}
