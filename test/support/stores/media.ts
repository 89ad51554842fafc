import { join } from 'node:path'
import { embeddedStore, type Store } from '../../../src/index.ts'

/** Where a store keeps what it is given: a folder, or a server at a port of this machine. */
export interface Medium {
  readonly kind: 'files' | 'redis' | 'postgres' | 'sqlite'
  /** The folder, or the port. */
  readonly place: string
}

/** A medium that is connected. */
export interface OpenMedium {
  /** A store that shares nothing with those of other names. */
  readonly store: (name: string) => Store
  readonly close: () => Promise<void>
}

/** Connects to a medium, in this process. What the others need is not loaded: a process that is soon killed starts faster. */
export async function openMedium({ kind, place }: Medium): Promise<OpenMedium> {
  if (kind === 'redis') return openRedis(Number(place))
  if (kind === 'postgres') return openPostgres(Number(place))
  if (kind === 'sqlite') return openSqlite(place)
  return { store: name => embeddedStore(join(place, name)), close: async () => undefined }
}

async function openSqlite(folder: string): Promise<OpenMedium> {
  const { sqliteStore } = await import('../../../src/sqlite.ts')
  return { store: name => sqliteStore(join(folder, `${name}.sqlite`)), close: async () => undefined }
}

async function openRedis(port: number): Promise<OpenMedium> {
  const [{ createClient }, { redisStore }] = await Promise.all([
    import('redis'),
    import('../../../src/redis.ts'),
  ])
  const client = createClient({ socket: { host: '127.0.0.1', port } })
  client.on('error', console.error)
  await client.connect()
  return {
    store: name => redisStore(client, { prefix: `${name}:` }),
    close: async () => client.destroy(),
  }
}

async function openPostgres(port: number): Promise<OpenMedium> {
  const [{ Pool }, { postgresStore }] = await Promise.all([import('pg'), import('../../../src/postgres.ts')])
  const pool = new Pool({ host: '127.0.0.1', port, user: 'postgres', max: 2 })
  pool.on('error', console.error)
  await pool.query('select 1')
  return {
    store: name => postgresStore(pool, { table: name.replaceAll('-', '_') }),
    close: () => pool.end(),
  }
}
