import { afterEach, beforeEach, expect, test } from 'vitest'
import { type LocalProvider, startProvider } from '../../../../examples/provider/provider.ts'
import { memoryStore, type Store } from '../../../../src/index.ts'
import { startApp, type TestApp } from '../../../support/app.ts'
import { hasField } from '../../../support/browser/browser-form.ts'
import { Browser, type Page, signIn } from '../../../support/browser.ts'

let provider: LocalProvider
let app: TestApp
let browser: Browser
let kept: { readonly store: Store; readonly keys: readonly string[] }

beforeEach(async () => {
  provider = await startProvider()
  kept = rememberedStore()
  app = await startApp(provider.issuer, { relyingParty: { store: kept.store } })
  browser = new Browser()
  expect((await signIn(browser, `${app.url}/private`)).text).toBe('private page of Alice Liddell')
})

afterEach(async () => {
  await app.close()
  await provider.close()
})

test('ends the session at the provider too: the next sign-in asks for the password', async () => {
  const asked = await browser.post(`${app.url}/logout`, { returnTo: '/me' })
  expect(asked.text).toContain('<title>Sign out of the provider?</title>')
  expect(await app.userOf(browser)).toBeNull()

  const back = await browser.submit(asked, { logout: 'yes' })
  expect(back).toMatchObject({ status: 200, url: `${app.url}/me`, text: 'null' })
  expect(asksForPassword(await browser.open(`${app.url}/private`))).toBe(true)
})

test('is over here whatever the visitor answers at the provider', async () => {
  const asked = await browser.post(`${app.url}/logout`, { returnTo: '/me' })
  const back = await browser.submit(asked)
  expect(back).toMatchObject({ status: 200, url: `${app.url}/me`, text: 'null' })

  const again = await signIn(browser, `${app.url}/private`)
  expect(again.text).toBe('private page of Alice Liddell')
})

test('is over here when the visitor never comes back from the provider', async () => {
  await browser.post(`${app.url}/logout`, {})
  expect(await app.userOf(browser)).toBeNull()
})

test('leaves other browsers signed in, here and there', async () => {
  const other = new Browser()
  await signIn(other, `${app.url}/private`)
  await browser.submit(await browser.post(`${app.url}/logout`, {}), { logout: 'yes' })
  expect(await app.userOf(browser)).toBeNull()
  expect(await app.userOf(other)).toMatchObject({ sub: 'alice' })
  expect(asksForPassword(await other.open(`${app.url}/login?returnTo=/me`))).toBe(false)
})

test('ends the sessions at the other apps of the provider, which tells them', async () => {
  const other = await startApp(provider.issuer, { session: { name: 'other.sid' } })
  try {
    expect((await signIn(browser, `${other.url}/private`)).text).toBe('private page of Alice Liddell')
    const elsewhere = new Browser()
    await signIn(elsewhere, `${other.url}/private`)
    await browser.submit(await browser.post(`${app.url}/logout`, {}), { logout: 'yes' })
    await expect.poll(() => other.userOf(browser)).toBeNull()
    expect(await other.userOf(elsewhere)).toMatchObject({ sub: 'alice' })
  } finally {
    await other.close()
  }
})

test('forgets the tokens', async () => {
  const [tokens, ...others] = kept.keys.filter(key => key.startsWith('tokens:'))
  expect(others).toEqual([])
  expect(await kept.store.get(String(tokens))).toBeDefined()
  await browser.post(`${app.url}/logout`, {})
  expect(await kept.store.get(String(tokens))).toBeUndefined()
})

test('lets somebody else sign in afterwards', async () => {
  await browser.submit(await browser.post(`${app.url}/logout`, {}), { logout: 'yes' })
  await signIn(browser, `${app.url}/private`, { login: 'bob', password: 'builder' })
  expect(await app.userOf(browser)).toMatchObject({ sub: 'bob' })
})

function asksForPassword(page: Page): boolean {
  return page.url.startsWith(provider.issuer) && hasField(page, 'password')
}

/** A store in memory that knows every key it was ever given. */
function rememberedStore(): { readonly store: Store; readonly keys: readonly string[] } {
  const memory = memoryStore()
  const keys: string[] = []
  const set: Store['set'] = (key, value, options) => {
    keys.push(key)
    return memory.set(key, value, options)
  }
  return { store: { ...memory, set }, keys }
}
