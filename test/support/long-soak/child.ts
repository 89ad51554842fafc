// A process of its own that is one of several that are an app together. Renews its credentials, and measures itself, when asked.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { RedisStore } from 'connect-redis'
import { createClient } from 'redis'
import { redisStore } from '../../../src/redis.ts'
import { startApp } from '../app.ts'
import { showLogin } from '../logout/logout-pages.ts'
import { tokenRoutes } from '../tokens/token-routes.ts'

/** What makes the processes one app. */
export interface LongSoakTask {
  readonly issuer: string
  readonly baseUrl: string
  readonly redis: number
  /** Seconds after which a login is over, and with it whatever is kept because of it. */
  readonly absoluteLifetime: number
}

/** What a process holds after its garbage was collected. */
export interface Measured {
  readonly kind: 'measured'
  readonly heap: number
  readonly handles: number
}

export type LongSoakMessage =
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'rotated'; readonly way: string }
  | Measured

process.env['NODE_ENV'] = 'test' // otherwise Express prints each failure of a session store
const task = JSON.parse(process.argv[2] ?? '{}') as LongSoakTask
const say = (message: LongSoakMessage): unknown => process.send?.(message)
process.on('disconnect', () => process.exit())

const reconnectStrategy = (retries: number): number => Math.min(retries * 50, 2_000)
const client = createClient({
  socket: { host: '127.0.0.1', port: task.redis, socketTimeout: 5_000, reconnectStrategy },
  pingInterval: 2_000,
  disableOfflineQueue: true,
})
client.on('error', () => undefined)
await client.connect()

const app = await startApp(task.issuer, {
  directory: '', // nothing is kept in files
  session: {
    store: new RedisStore({ client, ttl: task.absoluteLifetime, prefix: 'session:' }),
    cookie: { maxAge: task.absoluteLifetime * 1_000 },
  },
  after: mounted => {
    showLogin(mounted)
    tokenRoutes(mounted)
  },
  relyingParty: {
    baseUrl: task.baseUrl,
    name: 'app',
    store: redisStore(client),
    scope: 'openid profile offline_access',
    absoluteLifetime: task.absoluteLifetime,
    log: false,
  },
})
await app.rp.ready({ timeout: 60 })

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function measure(): Measured {
  collectGarbage()
  collectGarbage()
  return {
    kind: 'measured',
    heap: process.memoryUsage().heapUsed,
    handles: process.getActiveResourcesInfo().length,
  }
}

process.on('message', asked => {
  if (asked === 'measure') return void say(measure())
  app.rp.rotate().then(
    way => say({ kind: 'rotated', way }),
    (error: unknown) => say({ kind: 'rotated', way: `failed: ${String(error)}` }),
  )
})
say({ kind: 'ready', port: Number(new URL(app.url).port) })
