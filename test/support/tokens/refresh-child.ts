// A process of its own that is one of several that are an app together, and tells its access token to whoever asks.
import { startApp } from '../app.ts'
import { redisSessions } from '../soak/redis-sessions.ts'
import { openMedium } from '../stores/media.ts'
import { tokenRoutes } from './token-routes.ts'

/** What makes the processes one app. */
export interface RefreshTask {
  readonly issuer: string
  readonly baseUrl: string
  readonly redis: number
}

const { issuer, baseUrl, redis } = JSON.parse(process.argv[2] ?? '{}') as RefreshTask
const medium = await openMedium({ kind: 'redis', place: String(redis) })
const app = await startApp(issuer, {
  directory: '', // nothing is kept in files
  session: { store: (await redisSessions(redis)).store },
  after: tokenRoutes,
  relyingParty: {
    baseUrl,
    name: 'app',
    scope: 'openid offline_access',
    store: medium.store('refresh'),
    // tells the provider which process it is that asks
    fetch: (url, init) =>
      fetch(url, { ...init, headers: { ...headersOf(init), 'x-process': String(process.pid) } }),
  },
})
await app.rp.ready()
process.send?.(app.url)

function headersOf(init: RequestInit | undefined): Record<string, string> {
  return Object.fromEntries(new Headers(init?.headers))
}
