// A process of its own that is one of several that are an app together. Renews their credentials when its parent says so.
import { subscribe } from 'node:diagnostics_channel'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import { startApp } from '../app.ts'
import { openMedium } from '../stores/media.ts'
import { tokenRoutes } from '../tokens/token-routes.ts'
import { redisSessions } from './redis-sessions.ts'

/** What makes the processes one app. */
export interface SoakTask {
  readonly issuer: string
  readonly baseUrl: string
  readonly tokenEndpoint: string
  readonly redis: number
  readonly scope: string
  readonly metadata: NonNullable<RelyingPartyOptions['metadata']>
}

/** What a process says. */
export type SoakMessage =
  | { readonly kind: 'ready'; readonly port: number }
  | { readonly kind: 'rotated'; readonly way: string }
  /** A request that it could not serve. */
  | { readonly kind: 'failed'; readonly error: string }
  /** A sign-in that it had to begin again, which nobody sees. */
  | { readonly kind: 'restarted' }

const { issuer, baseUrl, tokenEndpoint, redis, scope, metadata } = JSON.parse(
  process.argv[2] ?? '{}',
) as SoakTask
const say = (message: SoakMessage): unknown => process.send?.(message)
subscribe('express-oidc-rp:request.failed', message => {
  const { error } = message as { readonly error: Error }
  say({ kind: 'failed', error: error.message })
})
subscribe('express-oidc-rp:login.restarted', () => say({ kind: 'restarted' }))

const medium = await openMedium({ kind: 'redis', place: String(redis) })
const sessions = await redisSessions(redis)
const app = await startApp(issuer, {
  directory: '', // nothing is kept in files
  session: { store: sessions.store },
  after: tokenRoutes,
  relyingParty: {
    issuer,
    baseUrl,
    name: 'app',
    store: medium.store('soak'),
    scope,
    authorizationParameters: { prompt: 'consent' }, // else oidc-provider gives no refresh token
    metadata,
    endpoints: { token_endpoint: tokenEndpoint },
  },
})
await app.rp.ready()
process.on('message', () => {
  app.rp.rotate().then(
    way => say({ kind: 'rotated', way }),
    (error: unknown) => say({ kind: 'rotated', way: `failed: ${String(error)}` }),
  )
})
say({ kind: 'ready', port: Number(new URL(app.url).port) })
