import session from 'express-session'
import { expect, onTestFinished } from 'vitest'
import { memoryStore, type RelyingPartyOptions, type Store } from '../../../src/index.ts'
import { startApp, type TestApp } from '../app.ts'
import { Browser, signIn } from '../browser.ts'
import { certify, type Identity } from '../providers/tls-servers.ts'
import { tokenRoutes } from '../tokens/token-routes.ts'
import { certificateFetch } from './certificate-fetch.ts'
import { type FapiProvider, startFapiProvider } from './fapi-provider.ts'

/** A provider with what the replicas of an app share. */
export interface FapiStage {
  readonly provider: FapiProvider
  readonly store: Store
  readonly sessions: session.MemoryStore
  /** The certificate that the app presents now. */
  identity: Identity | undefined
}

export async function fapiStage(options: Parameters<typeof startFapiProvider>[0] = {}): Promise<FapiStage> {
  const provider = await startFapiProvider(options)
  onTestFinished(() => provider.close())
  const identity = await certify({ issuer: provider.authority, host: 'app.test' })
  return { provider, store: memoryStore(), sessions: new session.MemoryStore(), identity }
}

/** Starts an app, or a replica of it. */
export async function startFapiApp(
  stage: FapiStage,
  options: RelyingPartyOptions,
  port = 0,
): Promise<TestApp> {
  const { provider, store, sessions } = stage
  const usual = {
    store,
    name: 'app',
    scope: 'openid profile offline_access',
    authorizationParameters: { prompt: 'consent' },
    fetch: certificateFetch(() => ({ identity: stage.identity, ca: provider.authority.cert })),
  }
  const app = await startApp(provider.issuer, {
    port,
    session: { store: sessions },
    relyingParty: { ...usual, ...options } as RelyingPartyOptions,
    after(express) {
      tokenRoutes(express)
      express.get('/userinfo', async (req, res) => void res.json(await req.oidc.fetchUserInfo()))
    },
  })
  onTestFinished(() => app.close())
  return app
}

/** Signs the user of the provider in. */
export async function expectAlice(app: TestApp, browser = new Browser()): Promise<Browser> {
  const page = await signIn(browser, `${app.url}/private`)
  expect([page.status, page.url, app.log.filter(line => line.includes('ERR_'))]).toEqual([
    200,
    `${app.url}/private`,
    [],
  ])
  expect(await app.userOf(browser)).toMatchObject({ sub: 'alice' })
  return browser
}

/** The requests of the app since this is called, as path and status. */
export function countRequests({ provider }: FapiStage): () => string[] {
  const from = provider.requests.length
  const fromTls = provider.mtlsRequests.length
  const counted = ['/reg', '/request', '/token', '/me']
  return () =>
    [...provider.requests.slice(from), ...provider.mtlsRequests.slice(fromTls)]
      .filter(({ path }) => counted.includes(path))
      .map(({ path, status }) => `${path} ${status}`)
}
