import { RedisStore } from 'connect-redis'
import type { Express } from 'express'
import { Pool } from 'pg'
import { createClient } from 'redis'
import { postgresStore } from '../../../src/postgres.ts'
import { redisStore } from '../../../src/redis.ts'
import type { TestAppOptions } from '../app.ts'
import { showLogin } from '../logout/logout-pages.ts'
import { tokenRoutes } from '../tokens/token-routes.ts'

/** The options of an app with its sessions and its records in one Redis, and what closes its client. */
export function redisApp(port: number): { readonly options: TestAppOptions; readonly close: () => void } {
  const client = createClient({ socket: { host: '127.0.0.1', port }, disableOfflineQueue: true })
  client.on('error', () => undefined)
  client.connect().catch(() => undefined)
  const options = {
    after: pages,
    session: { store: new RedisStore({ client }) },
    relyingParty: { store: redisStore(client), name: 'app', rereadEvery: 1, scope: 'openid offline_access' },
  }
  return { options, close: () => client.destroy() }
}

/** The options of an app with its records in PostgreSQL, and its sessions in memory. */
export function postgresApp(port: number): {
  readonly options: TestAppOptions
  readonly close: () => Promise<void>
} {
  const pool = new Pool({ host: '127.0.0.1', port, user: 'postgres', max: 4 }).on('error', () => undefined)
  const options = {
    after: pages,
    relyingParty: { store: postgresStore(pool), name: 'app', rereadEvery: 1, scope: 'openid offline_access' },
  }
  return { options, close: () => pool.end() }
}

function pages(app: Express): void {
  showLogin(app)
  tokenRoutes(app)
}
