import { describe, expect } from 'vitest'
import type { TestApp } from '../../../support/app.ts'
import { deliver, kidsOf, startReplicas, watchedFetch, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser, signIn } from '../../../support/browser.ts'
import { pass, stopClock } from '../../../support/clock.ts'
import { reachCallback, test as scripted } from '../../../support/flow.ts'
import { type RotationProvider, rotationProviders } from '../../../support/providers/rotation-providers.ts'

stopClock()

/** Seconds between two reads of the record. */
const REREAD = 0.05
/** Two such periods, an assertion's lifetime and the clock tolerance, in milliseconds. */
const OVERLAP = 2 * REREAD * 1_000 + 60_000 + 30_000

const test = scripted
  .extend('watched', () => watchedStore())
  .extend(
    'open',
    async ({ onTestFinished }) =>
      async (name: keyof typeof rotationProviders): Promise<RotationProvider> => {
        const provider = await rotationProviders[name]()
        onTestFinished(() => provider.close())
        return provider
      },
  )

async function signedIn(app: TestApp, browser: Browser = new Browser()): Promise<void> {
  const page = await signIn(browser, `${app.url}/private`)
  expect([page.status, page.text]).toEqual([200, expect.stringContaining('private page')])
}

const clientIdOf = (app: TestApp): string => app.rp.status().clientId ?? ''

describe.for(['the scripted provider', 'Hydra', 'oidc-provider'] as const)(
  'a rotation by keys at %s',
  name => {
    test('registers both, signs with the new one, and drops the old one when no replica can use it', async ({
      open,
      start,
      watched,
    }) => {
      const provider = await open(name)
      const { fetch, kids } = watchedFetch()
      const [app] = await startReplicas(start, 1, {
        issuer: provider.issuer,
        store: watched.store,
        relyingParty: { fetch, rereadEvery: REREAD },
      })
      await signedIn(app)
      const [old] = await provider.kidsOf(clientIdOf(app))
      expect(await app.rp.rotate()).toBe('keys')
      const both = await provider.kidsOf(clientIdOf(app))
      expect(both).toEqual([old, expect.any(String)])
      expect(new Set(both).size).toBe(2)
      await signedIn(app)
      expect([kids[0], kids.at(-1)]).toEqual(both)

      pass(OVERLAP)
      await watched.rounds()
      expect(await provider.kidsOf(clientIdOf(app))).toEqual(both)
      pass(1)
      await expect.poll(() => provider.kidsOf(clientIdOf(app))).toEqual([both[1]])
      await signedIn(app)
      expect([provider.count('POST'), provider.count('PUT')]).toEqual([1, 2])
      expect(app.rp.status()).toMatchObject({ generation: 2, state: 'ready', lastError: undefined })
    })

    test('leaves a replica with an older copy the old key, until it reads again', async ({ open, start }) => {
      const { issuer, kidsOf: registered } = await open(name)
      const { fetch, kids } = watchedFetch()
      const apps = await startReplicas(start, 2, { issuer, relyingParty: { fetch } })
      const [one, other] = apps as [TestApp, TestApp]
      await one.rp.rotate()
      const both = await registered(clientIdOf(one))
      for (const expected of both) {
        const browser = new Browser()
        const page = await browser.open(`${one.url}/private`, { follow: false })
        const end = await finishAt(browser, page.headers.get('location') ?? '', one, other)
        expect(end).toBe(200)
        expect(kids.at(-1)).toBe(expected)
        pass(30_001)
      }
      expect(other.rp.status().generation).toBe(2)
    })

    test('fails no sign-in that was begun before, ten times in a row', async ({ open, start }) => {
      const { issuer, kidsOf: registered, count } = await open(name)
      const apps = await startReplicas(start, 2, { issuer })
      const [one, other] = apps as [TestApp, TestApp]
      for (let round = 1; round <= 10; round += 1) {
        const browser = new Browser()
        const page = await browser.open(`${one.url}/private`, { follow: false })
        expect(await one.rp.rotate()).toBe('keys')
        const at = round % 2 === 0 ? one : other
        expect(await finishAt(browser, page.headers.get('location') ?? '', one, at)).toBe(200)
      }
      expect(new Set(await registered(clientIdOf(one))).size).toBe(11)
      expect([count('POST'), count('PUT')]).toEqual([1, 10])
      expect(one.rp.status().generation).toBe(11)
    })
  },
)

/** Goes on from the provider's address; what comes back to the app goes to a certain replica of it. */
async function finishAt(browser: Browser, url: string, app: TestApp, replica: TestApp): Promise<number> {
  let page = await browser.open(url, { follow: false })
  for (let step = 0; step < 20; step += 1) {
    const location = page.headers.get('location')
    if (location) {
      const next = new URL(location, page.url)
      if (next.pathname === '/callback') return (await deliver(browser, next, replica)).status
      page = await browser.open(next.href, { follow: false })
    } else if (page.text.includes('name="password"'))
      page = await browser.submit(page, { login: 'alice', password: 'wonderland' }, { follow: false })
    else page = await browser.submit(page, { decision: 'allow' }, { follow: false })
  }
  throw new Error(`No callback of ${app.url}.`)
}

describe('a rotation by keys', () => {
  test('records the new key before it is sent, and sends the same one again after a lost answer', async ({
    provider,
    start,
    watched,
  }) => {
    const [app] = await startReplicas(start, 1, { store: watched.store })
    const usual = provider.usualAnswer('client')
    const sent: unknown[] = []
    provider.answer('client', async (request, response) => {
      if (request.method !== 'PUT') return usual(request, response)
      const { current } = await watched.record()
      const kid = kidsOf(JSON.parse(request.body).jwks).at(-1)
      expect(kid).toBe(current?.nextKey?.kid)
      sent.push(kid)
      if (sent.length > 1) return usual(request, response)
      response.destroy()
    })
    await expect(app.rp.rotate()).rejects.toMatchObject({ code: 'ERR_OIDC_REGISTRATION_FAILED' })
    await signedIn(app)
    expect(await app.rp.rotate()).toBe('keys')
    expect(sent).toEqual([sent[0], sent[0]])
    await signedIn(app)
    expect(provider.clients.size).toBe(1)
  })

  test('a browser that is signed in stays so', async ({ start, browser }) => {
    const [app] = await startReplicas(start, 1)
    const callback = await reachCallback(browser, app)
    await app.rp.rotate()
    expect((await deliver(browser, callback, app)).status).toBe(200)
    await app.rp.rotate()
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })
})
