import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import session, { MemoryStore, type Store } from 'express-session'
import { ferretDbIsMissing, startFerretDb } from '../processes/ferretdb-server.ts'
import { postgresIsMissing, startPostgres } from '../processes/postgres-server.ts'
import { redisIsMissing, startRedis } from '../processes/redis-server.ts'
import type { Service } from '../processes/service.ts'
import { type OpenSessions, openSessions } from './sessions.ts'

/** A session store that apps use, with what it needs. */
export interface SessionStoreKind {
  readonly name: string
  readonly isMissing: () => boolean
  /** Whether its sessions are still there after the process has ended. */
  readonly survives: boolean
  /** Whether its `touch` writes the whole session again. */
  readonly rewrites?: boolean
  readonly start: () => Promise<SessionKeeper>
}

/** Where the sessions of one test file are. */
export interface SessionKeeper {
  /** Opens it as another process would. */
  readonly open: () => Promise<OpenSessions>
  readonly remove: () => Promise<void>
}

export const sessionStoreKinds: readonly SessionStoreKind[] = [
  {
    name: 'MemoryStore',
    isMissing: () => false,
    survives: false,
    start: async () => inMemory(() => new MemoryStore()),
  },
  { name: 'memorystore', isMissing: () => false, survives: false, start: memorystore },
  { name: 'session-file-store', isMissing: () => false, survives: true, rewrites: true, start: inFolder },
  {
    name: 'connect-redis',
    isMissing: redisIsMissing,
    survives: true,
    start: () => atServer('redis', startRedis()),
  },
  {
    name: 'connect-pg-simple',
    isMissing: postgresIsMissing,
    survives: true,
    start: () => atServer('postgres', startPostgres()),
  },
  {
    name: 'connect-mongo',
    isMissing: ferretDbIsMissing,
    survives: true,
    start: async () => inMongo(await startFerretDb()),
  },
]

async function memorystore(): Promise<SessionKeeper> {
  const { default: connect } = await import('memorystore')
  return inMemory(() => new (connect(session))({ checkPeriod: 60_000 }))
}

function inMemory(make: () => Store): SessionKeeper {
  return {
    open: async () => ({ store: make(), close: async () => undefined }),
    remove: async () => undefined,
  }
}

async function inFolder(): Promise<SessionKeeper> {
  const place = await mkdtemp(join(tmpdir(), 'oidc-sessions-'))
  return {
    open: () => openSessions({ kind: 'sqlite', place }),
    remove: () => rm(place, { recursive: true, maxRetries: 5 }),
  }
}

async function inMongo(server: Service): Promise<SessionKeeper> {
  const [{ MongoStore }, { MongoClient }] = await Promise.all([import('connect-mongo'), import('mongodb')])
  return {
    async open() {
      const client = await new MongoClient(`mongodb://127.0.0.1:${server.port}/`).connect()
      // FerretDB cannot remove documents by their age.
      const store = MongoStore.create({ client, dbName: 'app', autoRemove: 'disabled' })
      return { store, close: () => client.close() }
    },
    remove: () => server.remove(),
  }
}

async function atServer(kind: 'redis' | 'postgres', starting: Promise<Service>): Promise<SessionKeeper> {
  const server = await starting
  return {
    open: () => openSessions({ kind, place: String(server.port) }),
    remove: () => server.remove(),
  }
}
