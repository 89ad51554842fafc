import type { Configuration } from 'oidc-provider'
import { describe, expect } from 'vitest'
import { type LocalProvider, startProvider } from '../../../examples/provider/provider.ts'
import type { TestApp } from '../../support/app.ts'
import { servedKids, startReplicas, watchedStore } from '../../support/apps/replicas.ts'
import { Browser, signIn } from '../../support/browser.ts'
import { pass, stopClock, until } from '../../support/clock.ts'
import { test } from '../../support/flow.ts'

stopClock()

const REREAD = 0.05
/** When a key that is served signs. */
const FETCHED = 65 * 60_000

/** Encrypts what a client asks for, and keeps what it has encrypted: five parts for each ID token and each UserInfo. */
async function encryptingProvider(): Promise<LocalProvider & { readonly sent: readonly string[] }> {
  const sent: string[] = []
  const configuration = (defaults: Configuration): Configuration => ({
    ...defaults,
    features: { ...defaults.features, encryption: { enabled: true }, jwtUserinfo: { enabled: true } },
  })
  const local = await startProvider({
    configuration,
    extend: provider => {
      provider.use(async (ctx, next) => {
        await next()
        const body: unknown = ctx.body
        if (ctx.path === '/me' && typeof body === 'string') sent.push(body)
        if (ctx.path === '/token' && typeof body === 'object' && body !== null && 'id_token' in body)
          sent.push(String(body.id_token))
      })
    },
  })
  return Object.assign(local, { sent })
}

const metadata = (algorithm: string) => ({
  id_token_encrypted_response_alg: algorithm,
  userinfo_encrypted_response_alg: algorithm,
})

const kidOf = (jwe: string | undefined): unknown =>
  JSON.parse(Buffer.from(jwe?.split('.')[0] ?? '', 'base64url').toString() || '{}').kid

describe.for([
  ['ECDH-ES', 'in the registration', undefined],
  ['RSA-OAEP-256', 'in the registration', undefined],
  ['ECDH-ES', 'at their own address', { jwks: '/jwks.json' }],
] as const)('oidc-provider that encrypts with %s for keys %s', ([algorithm, , routes]) => {
  test('signs users in at each replica, before and after a rotation and a restart, and signs them out', async ({
    start,
    onTestFinished,
  }) => {
    const provider = await encryptingProvider()
    onTestFinished(() => provider.close())
    const watched = watchedStore()
    const relyingParty = {
      ...(routes && { routes }),
      metadata: metadata(algorithm),
      rereadEvery: REREAD,
      scope: 'openid profile email offline_access',
      authorizationParameters: { prompt: 'consent' },
    }
    const apps = await startReplicas(start, 2, {
      issuer: provider.issuer,
      store: watched.store,
      relyingParty,
    })
    const [app, other] = apps

    async function signsIn(at: TestApp): Promise<Browser> {
      const browser = new Browser()
      const before = provider.sent.length
      const page = await signIn(browser, `${at.url}/private`)
      expect([page.status, page.text]).toEqual([200, expect.stringContaining('private page')])
      const sent = provider.sent.slice(before)
      expect(sent.map(jwe => jwe.split('.').length)).toEqual([5, 5])
      return browser
    }

    const kids = async (): Promise<readonly string[]> =>
      ((await watched.record()).current?.decryptionKeys ?? []).map(({ kid }) => String(kid))

    await signsIn(app)
    await signsIn(other)
    const [old] = await kids()
    expect(kidOf(provider.sent.at(-1))).toBe(old)

    expect(await app.rp.rotate()).toBe('keys')
    const [fresh] = await kids()
    expect(fresh).not.toBe(old)
    if (routes) expect(await servedKids(app)).toContain(fresh)
    await signsIn(other)
    await signsIn(app)
    if (routes) {
      expect(kidOf(provider.sent.at(-1))).toBe(old)
      pass(FETCHED)
      await until(async () => (await watched.record()).current?.generation === 2)
      await watched.rounds()
      await signsIn(other)
    }
    expect(kidOf(provider.sent.at(-1))).toBe(fresh)

    await Promise.all(apps.map(one => one.close()))
    const port = Number(new URL(app.url).port)
    const restarted = await start({
      issuer: provider.issuer,
      port,
      relyingParty: { ...relyingParty, store: watched.store, name: 'app', baseUrl: app.url },
    })
    await restarted.rp.ready()
    const browser = await signsIn(restarted)
    expect(restarted.rp.status().lastError).toBeUndefined()
    const page = await browser.post(`${restarted.url}/logout`, {})
    expect([page.status, new URL(page.url).origin]).toEqual([200, provider.issuer])
    expect(await restarted.userOf(browser)).toBeNull()
  })
})
