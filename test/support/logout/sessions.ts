import { join } from 'node:path'
import type { Store } from 'express-session'
import type { Medium } from '../stores/media.ts'

/** A session store, and how to hang up. */
export interface OpenSessions {
  readonly store: Store
  readonly close: () => Promise<void>
}

/** Opens the sessions of an app where its records are, by the store that apps use there. */
export async function openSessions({ kind, place }: Medium): Promise<OpenSessions> {
  if (kind === 'redis') return redisSessions(Number(place))
  if (kind === 'postgres') return postgresSessions(Number(place))
  if (kind === 'sqlite') return fileSessions(join(place, 'sessions'))
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

/** Sessions of one machine, beside the records in SQLite. */
async function fileSessions(path: string): Promise<OpenSessions> {
  const [{ default: connect }, session] = await Promise.all([
    import('session-file-store'),
    import('express-session'),
  ])
  const store = new (connect(session.default))({ path, reapInterval: -1, logFn: () => undefined })
  return { store, close: async () => undefined }
}
