import fc from 'fast-check'
import { expect } from 'vitest'
import { startApp, type TestApp } from '../support/app.ts'
import { Browser } from '../support/browser.ts'
import { damagedStore } from '../support/damaged-store.ts'
import { codeOf, reachCallback, test } from '../support/flow.ts'
import { type Damage, damage, damages } from '../support/fuzz/damage.ts'
import { expectAlive, expectRefusalPage, insidePage, watch } from '../support/fuzz/oracle.ts'
import { fuzz, LONGEST, type Outcome } from '../support/fuzz/property.ts'
import { logoutToken, postLogout } from '../support/logout.ts'
import { askToken, tokenRoutes } from '../support/tokens/token-routes.ts'

/** No damage: the twin. */
const intact: Damage = { edits: [] }

test('whatever the records of a start hold, the app starts or says why not', { timeout: LONGEST }, async ({
  provider,
  start,
}) => {
  provider.metadata['token_endpoint_auth_signing_alg_values_supported'] = ['ES256'] // whose keys are made fast
  const store = damagedStore()
  const first = await start({ relyingParty: { store } })
  await first.rp.ready()
  const port = Number(new URL(first.url).port)
  await first.close()
  const key = fc.constantFrom('client', 'key', 'losses')
  await fuzz<readonly [string, Damage]>('records of a start', {
    inputs: fc.tuple(key, damages),
    twins: [['client', intact]],
    runs: 200,
    async attempt([kind, given]): Promise<Outcome> {
      const log: string[] = []
      store.damage(new RegExp(`^${kind}:`), text => damage(text, given))
      const reads = store.reads()
      const app = await startApp(provider.issuer, {
        port,
        after: insidePage,
        relyingParty: { store, log: line => log.push(line), start: 'first-use', providerTimeout: 20 },
      })
      const watched = watch(log)
      try {
        const browser = new Browser()
        const page = await browser.open(`${app.url}/inside`)
        const user = await app.userOf(browser)
        expect(store.reads()).toBeGreaterThan(reads)
        watched.check()
        await expectAlive(app)
        if (page.text === 'inside') return 'accepted'
        if (new URL(page.url).origin === app.url) expectRefusalPage(page)
        expect(user).toBeNull()
        return 'refused'
      } finally {
        store.damage(undefined)
        await app.close()
        watched.end()
      }
    },
  })
})

test('whatever the records of a login hold, it goes on or is refused', { timeout: LONGEST }, async ({
  provider,
  start,
}) => {
  const store = damagedStore()
  const log: string[] = []
  const app = await start({
    relyingParty: { store, log: line => log.push(line), scope: 'openid offline_access' },
    after(express) {
      insidePage(express)
      tokenRoutes(express)
    },
  })
  const watched = watch(log)
  const key = fc.constantFrom('tokens', 'index', 'over', 'used')
  let users = 0
  await fuzz<readonly [string, Damage]>('records of a login', {
    inputs: fc.tuple(key, damages),
    twins: [
      ['tokens', intact],
      ['used', intact],
    ],
    runs: 200,
    async attempt([kind, given]): Promise<Outcome> {
      users += 1
      provider.user = { sub: `user-${users}` }
      const browser = new Browser()
      const callback = await reachCallback(browser, app, '/inside')
      await browser.open(callback.href, { follow: false })
      expect(await app.userOf(browser)).toMatchObject({ sub: `user-${users}` })
      const iat = Math.floor(Date.now() / 1_000) - 60
      if (kind === 'over') await postLogout(app, await logoutToken(provider, { sub: `user-${users}`, iat })) // before the login
      const reads = store.reads()
      store.damage(new RegExp(`^${kind}:`), text => damage(text, given))
      const outcomes = await useLogin(app, browser, callback)
      outcomes.push(await endLogin(app, await logoutToken(provider, { sub: `user-${users}` })))
      expect(store.reads()).toBeGreaterThan(reads)
      watched.check()
      await expectAlive(app)
      store.damage(undefined)
      provider.user = { sub: `later-${users}` } // the other one's logout was a moment ago
      const later = new Browser()
      expect((await later.open(`${app.url}/inside`)).text).toBe('inside')
      return outcomes.includes('refused') ? 'refused' : 'accepted'
    },
  })
})

/** Everything that reads a record of a login. Each is answered as usual, or says that a record is damaged. */
async function useLogin(app: TestApp, browser: Browser, callback: URL): Promise<Outcome[]> {
  expect((await browser.open(`${app.url}/inside`, { follow: false })).text).toBe('inside')
  const token = await askToken(app, browser)
  if (token.status !== 200)
    expect([
      'ERR_OIDC_STORE_CORRUPT',
      'ERR_OIDC_LOGIN_ENDED',
      'ERR_OIDC_UNAUTHENTICATED',
      'ERR_OIDC_REFRESH_REFUSED',
    ]).toContain(token.error)
  const another = new Browser() // with the same callback, and without the login
  const replay = await another.open(callback.href, { follow: false })
  if (replay.status >= 400)
    expect(['ERR_OIDC_STORE_CORRUPT', 'ERR_OIDC_TRANSACTION_USED', 'ERR_OIDC_TRANSACTION_LOST']).toContain(
      codeOf(replay),
    )
  expect(await app.userOf(another)).toBeNull()
  const again = new Browser()
  const page = await again.open(`${app.url}/inside`)
  if (page.text !== 'inside') expect(expectRefusalPage(page)).toBe('ERR_OIDC_STORE_CORRUPT')
  expect((await app.userOf(again)) === null).toBe(page.text !== 'inside')
  return [token.status === 200, replay.status < 500, page.text === 'inside'].map(isUsual =>
    isUsual ? 'accepted' : 'refused',
  )
}

async function endLogin(app: TestApp, token: string): Promise<Outcome> {
  const { status } = await postLogout(app, token)
  expect([200, 503]).toContain(status)
  return status === 200 ? 'accepted' : 'refused'
}
