import { randomUUID } from 'node:crypto'
import connectPgSimple from 'connect-pg-simple'
import { RedisStore } from 'connect-redis'
import session from 'express-session'
import { Pool } from 'pg'
import { createClient } from 'redis'
import type { Store } from '../../../src/index.ts'
import { postgresStore } from '../../../src/postgres.ts'
import { redisStore } from '../../../src/redis.ts'
import type { TestAppOptions } from '../app.ts'
import type { Service } from '../processes/service.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'
import { type Fault, startFaultProxy } from './fault-proxy.ts'
import { type Disturbance, openProviderLink } from './provider-link.ts'

/** What an app depends on: the provider, this library's store, or express-session's. */
export const links = {
  provider: 'provider',
  'store in Redis': 'store',
  'store in PostgreSQL': 'store',
  'sessions in Redis': 'sessions',
  'sessions in PostgreSQL': 'sessions',
} as const
export type LinkName = keyof typeof links

/** The servers behind the links, which all tests of a file share. */
export interface Servers {
  readonly redis: Service
  readonly postgres: Service
}

/** The way from one app to what it depends on. */
export interface OpenLink {
  readonly disturb: (disturbance: Disturbance | undefined) => Promise<void>
  /** The options of an app that uses it. */
  readonly app: Pick<TestAppOptions, 'session'> & {
    readonly relyingParty: { readonly fetch: typeof fetch } | { readonly store: Store; readonly name: string }
  }
  readonly close: () => Promise<void>
}

type Kept = (typeof links)[LinkName]

const silent = (): undefined => undefined

/**
 * Opens a way that can be disturbed. Sessions have the clients that docs/deployment.md recommends. Those of the store have no limits
 * of their own, because the library has.
 */
export function openLink(name: LinkName, provider: ScriptedProvider, servers: Servers): Promise<OpenLink> {
  if (name === 'provider') return openProviderLink(provider)
  return name.endsWith('Redis')
    ? openRedisLink(links[name], servers.redis)
    : openPostgresLink(links[name], servers.postgres)
}

async function openRedisLink(what: Kept, { port }: Service): Promise<OpenLink> {
  const proxy = await startFaultProxy({ to: () => port, hugeStart: '$400000000\r\n' })
  // Without a strategy of its own, a client whose socket was silent for too long stays closed.
  const reconnectStrategy = (retries: number): number => Math.min(retries * 50, 2_000)
  const limited = { pingInterval: 2_000, socket: { socketTimeout: 5_000, reconnectStrategy } }
  const connectTo = (to: number) => {
    const { socket = {}, ...limits } = what === 'sessions' ? limited : {}
    const address = { host: '127.0.0.1', port: to }
    const client = createClient({ ...limits, socket: { ...address, ...socket }, disableOfflineQueue: true })
    client.on('error', silent)
    client.connect().catch(silent) // it tries again by itself
    return client
  }
  const [disturbed, direct] = [connectTo(proxy.port), connectTo(port)]
  const prefix = `${randomUUID()}:`
  const store = redisStore(what === 'store' ? disturbed : direct, { prefix })
  const sessions = new RedisStore({ client: what === 'store' ? direct : disturbed, prefix })
  return {
    disturb: fault => proxy.disturb(fault as Fault | undefined),
    app: { relyingParty: { store, name: 'app' }, session: { store: sessions } },
    async close() {
      disturbed.destroy()
      direct.destroy()
      await proxy.close()
    },
  }
}

async function openPostgresLink(what: Kept, { port }: Service): Promise<OpenLink> {
  const hugeStart = 'D\x17\xd7\x84\x00'
  const proxy = await startFaultProxy({ to: () => port, hugeStart })
  const limits = { statement_timeout: 2_000, query_timeout: 2_000, connectionTimeoutMillis: 2_000 }
  const connectTo = (to: number): Pool => {
    const own = what === 'sessions' ? limits : {}
    const pool = new Pool({ host: '127.0.0.1', port: to, user: 'postgres', max: 4, ...own })
    return pool.on('error', silent)
  }
  const [disturbed, direct] = [connectTo(proxy.port), connectTo(port)]
  const table = `t${randomUUID().replaceAll('-', '')}`
  const store = postgresStore(what === 'store' ? disturbed : direct, { table })
  const tableName = `s${table}`
  await direct.query(`create table ${tableName} (sid varchar primary key, sess json, expire timestamp(6))`)
  const Sessions = connectPgSimple(session)
  const sessions = new Sessions({
    pool: what === 'store' ? direct : disturbed,
    tableName,
    pruneSessionInterval: false,
    errorLog: silent,
  })
  return {
    disturb: fault => proxy.disturb(fault as Fault | undefined),
    app: { relyingParty: { store, name: 'app' }, session: { store: sessions } },
    async close() {
      await proxy.close()
      sessions.close()
      await Promise.all([disturbed.end(), direct.end()])
    },
  }
}
