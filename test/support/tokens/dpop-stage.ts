import { createHash } from 'node:crypto'
import session from 'express-session'
import { expect, onTestFinished } from 'vitest'
import type { LocalProvider } from '../../../examples/provider/provider.ts'
import { memoryStore, type RelyingPartyOptions, type Store } from '../../../src/index.ts'
import { proofKeys } from '../../../src/relying-party/client/proof-keys.ts'
import { startApp, type TestApp } from '../app.ts'
import { Browser, signIn } from '../browser.ts'
import { bound, startDpopProvider } from '../providers/dpop-provider.ts'
import { callRoute } from './api-flow.ts'
import { type ProvingApi, startProvingApi } from './proving-api.ts'
import { tokenRoutes } from './token-routes.ts'

/** A provider that binds tokens, an API that wants proofs, and what the replicas of an app share. */
export interface Stage {
  readonly provider: LocalProvider
  readonly api: ProvingApi
  readonly store: Store
  readonly sessions: session.MemoryStore
}

/** Starts it; both want nonces, or neither. */
export async function stageOf(wantsNonces: boolean): Promise<Stage> {
  const [provider, api] = await Promise.all([startDpopProvider({ wantsNonces }), startProvingApi()])
  if (wantsNonces) api.nonce = 'first'
  return { provider, api, store: memoryStore(), sessions: new session.MemoryStore() }
}

/** Starts an app whose tokens are bound. */
export async function startBound(
  { provider, api, store, sessions }: Stage,
  options: Partial<RelyingPartyOptions> = {},
  port = 0,
): Promise<TestApp> {
  const calling = { url: `${api.origin}/orders?open=1`, request: () => ({ method: 'POST', body: 'x=1' }) }
  const app = await startApp(provider.issuer, {
    port,
    session: { store: sessions },
    after(express) {
      tokenRoutes(express)
      callRoute(express, calling)
      express.get('/userinfo', async (req, res) => void res.json(await req.oidc.fetchUserInfo()))
    },
    relyingParty: {
      name: 'app',
      store,
      scope: 'openid profile offline_access',
      authorizationParameters: { prompt: 'consent' },
      pushedAuthorizationRequests: true,
      metadata: bound,
      apiOrigins: [api.origin],
      ...options,
    } as RelyingPartyOptions,
  })
  onTestFinished(() => app.close())
  await app.rp.ready()
  return app
}

/** Signs alice in. */
export async function signedIn(app: TestApp, browser = new Browser()): Promise<Browser> {
  expect((await signIn(browser, `${app.url}/private`)).text).toContain('private page of Alice')
  return browser
}

/** Lets the app call the API. */
export const call = async (app: TestApp, browser: Browser): Promise<unknown> =>
  JSON.parse((await browser.open(`${app.url}/call`)).text)

/** For an app that starts again at the same address. */
export const portOf = ({ url }: TestApp): number => Number(new URL(url).port)

/** The statuses of the provider's answers at its endpoints since this is called. */
export function countAnswers({ provider }: Stage): () => string[] {
  const from = provider.requests.length
  const counted = ['/request', '/token', '/me']
  return () =>
    provider.requests
      .slice(from)
      .filter(({ path }) => counted.includes(path))
      .map(({ path, status }) => `${path} ${status}`)
}

/** Where the app keeps its keys. */
export const placeOf = (issuer: string): string =>
  `key:dpop:${createHash('sha256').update(issuer).digest('base64url').slice(0, 22)}:app`

/** The thumbprint of its newest key. */
export const thumbprint = async (store: Store, issuer: string): Promise<string> =>
  JSON.parse((await store.get(placeOf(issuer)))?.value ?? '[]')[0].key.kid

/** Puts a newer key in front of the app's, as a rotation would. */
export async function prependKey(store: Store, issuer: string): Promise<void> {
  const place = placeOf(issuer)
  const kept = JSON.parse((await store.get(place))?.value ?? '[]')
  await store.delete(place)
  await proofKeys({ store, name: 'app', issuer }).current(['ES256'])
  const [newer] = JSON.parse((await store.get(place))?.value ?? '[]')
  await store.set(place, JSON.stringify([newer, ...kept]))
}
