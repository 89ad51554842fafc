import { expect } from 'vitest'
import { startProvider } from '../../../../examples/provider/provider.ts'
import { signIn } from '../../../support/browser.ts'
import { test as base } from '../../../support/flow.ts'
import { options, shopOf } from '../../../support/sign-in/silent-login.ts'

/** With a real provider, which has pages of its own. */
const test = base.extend('issuer', async ({ onTestFinished }): Promise<string> => {
  const provider = await startProvider({ port: 0 })
  onTestFinished(() => provider.close())
  return provider.issuer
})

test('a real provider signs in silently whom it knows, and sends back whom it does not', async ({
  issuer,
  start,
  browser,
}) => {
  const app = await start({ ...options, issuer })
  await app.rp.ready()
  expect(await shopOf(browser, app)).toBe('200 /shop?page=2 for visitors')
  expect((await signIn(browser, `${app.url}/private`)).status).toBe(200)
  for (const name of await browser.cookies(app.url))
    await browser.jar.setCookie(`${name}=; Path=/; Max-Age=0`, app.url)
  expect(await app.userOf(browser)).toBeNull()
  expect(await shopOf(browser, app)).toMatch(/^200 \/shop\?page=2 for (?!visitors)/)
})

test('a real provider takes the address that starts a sign-in', async ({ issuer, start, browser }) => {
  const registered = await start({ issuer, relyingParty: { baseUrl: 'https://app.example' } })
  await registered.rp.ready()
  const app = await start({ issuer })
  const request = new URLSearchParams({
    iss: issuer,
    login_hint: 'alice',
    target_link_uri: `${app.url}/private`,
  })
  const page = await signIn(browser, `${app.url}/initiate-login?${request.toString()}`)
  expect([page.status, page.url]).toEqual([200, `${app.url}/private`])
})
