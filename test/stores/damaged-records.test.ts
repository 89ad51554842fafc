import { inspect } from 'node:util'
import { describe, expect } from 'vitest'
import { readRecord } from '../../src/stores/stored-record.ts'
import { hasMembers, isText } from '../../src/vocabulary/json.ts'
import { Browser } from '../support/browser.ts'
import { type DamagedStore, damagedStore, damages, expectReport, PIECE } from '../support/damaged-store.ts'
import { test as base, expectRefusal, expectSignIn } from '../support/flow.ts'
import { logoutToken, postLogout } from '../support/logout.ts'
import { askToken, tokenRoutes } from '../support/tokens/token-routes.ts'

const test = base
  .extend('store', (): DamagedStore => damagedStore())
  .extend('app', ({ start, store }) => start({ relyingParty: { store }, after: tokenRoutes }))

const refused = [503, 'ERR_OIDC_STORE_CORRUPT'] as const

describe.each(damages)('a record that %s', (_, change) => {
  test('is named by its key, without a piece of it', async ({ store }) => {
    const isPair = hasMembers<{ first: string; second: string }>({ first: isText, second: isText })
    await store.set('pair:1', JSON.stringify({ first: PIECE, second: PIECE }))
    expect((await readRecord(store, 'pair:1', isPair))?.record.first).toBe(PIECE)
    store.damage(/^pair:/, change)
    const error: unknown = await readRecord(store, 'pair:1', isPair).catch(thrown => thrown)
    expect(error).toMatchObject({ code: 'ERR_OIDC_STORE_CORRUPT', status: 503 })
    expect(error).not.toHaveProperty('cause')
    expect(String(error)).toContain('The record "pair:1" in ')
    const whole = inspect(error, { depth: 9, showHidden: true })
    expect(whole).not.toContain(PIECE.slice(0, 8))
    expect(whole).not.toMatch(/SyntaxError|TypeError|Unexpected/)
  })

  test.for([
    ['sealing key', /^key:/],
    ['client record', /^client:/],
  ] as const)(
    'and is the %s stops sign-in, and no other page',
    async ([, key], { start, store, browser }) => {
      await (await start({ relyingParty: { store } })).rp.ready()
      await expectSignIn({ app: await start({ relyingParty: { store } }), browser: new Browser() })
      store.damage(key, change)
      const app = await start({ relyingParty: { store } })
      const page = await browser.open(`${app.url}/login`)
      await expectRefusal(page, refused, { app, browser })
      expect((await browser.open(`${app.url}/`)).text).toBe('public')
      expectReport(app, page.text)
    },
  )

  test('and is the index of logins lets nobody sign in, and stops a logout', async ({
    app,
    store,
    browser,
    provider,
  }) => {
    await expectSignIn({ app, browser: new Browser() })
    store.damage(/^index:/, change)
    const page = await browser.open(`${app.url}/private`)
    await expectRefusal(page, refused, { app, browser })
    expectReport(app, page.text)
    const token = await logoutToken(provider, { sub: 'user-1' })
    expect((await postLogout(app, token)).status).toBe(503)
    store.damage(undefined)
    expect((await postLogout(app, token)).status).toBe(200)
  })

  test('and is the mark of a logout lets nobody sign in', async ({ app, store, browser, provider }) => {
    await expectSignIn({ app, browser: new Browser() })
    const token = await logoutToken(provider, { sub: 'user-1', iat: Math.floor(Date.now() / 1_000) - 60 })
    expect((await postLogout(app, token)).status).toBe(200)
    store.damage(/^over:/, change)
    const page = await browser.open(`${app.url}/private`)
    await expectRefusal(page, refused, { app, browser })
    expectReport(app, page.text)
    store.damage(undefined)
    await expectSignIn({ app, browser })
  })

  test('and holds the tokens of a login gives none out, and lets it end', async ({ app, store, browser }) => {
    await expectSignIn({ app, browser })
    expect(await askToken(app, browser)).toMatchObject({ status: 200 })
    store.damage(/^tokens:/, change)
    expect(await askToken(app, browser)).toEqual({ status: 503, error: 'ERR_OIDC_STORE_CORRUPT' })
    expect((await browser.open(`${app.url}/private`)).status).toBe(200)
    const reads = store.reads()
    await browser.open(`${app.url}/logout`, { follow: false })
    expect(store.reads()).toBeGreaterThan(reads)
    expect(await app.userOf(browser)).toBeNull()
    expectReport(app, '')
  })
})
