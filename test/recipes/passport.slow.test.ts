import { expect } from 'vitest'
import type { Browser, Page } from '../support/browser.ts'
import { test } from '../support/flow.ts'
import { type RunningRecipe, startRecipe } from '../support/recipes/recipe.ts'

const page = 'docs/recipes/passport.md'

const withPassword = (app: RunningRecipe, browser: Browser, password = 'secret'): Promise<Page> =>
  browser.post(`${app.url}/sign-in`, { username: 'robin', password })

const account = async (app: RunningRecipe, browser: Browser): Promise<object> =>
  JSON.parse((await browser.open(`${app.url}/account`)).text)

const robin = { sub: 'local|robin', by: 'password' }
const una = { sub: 'user-1', by: 'provider' }

test('lets users with a password and users of the provider reach the same page', async ({
  provider,
  browser,
}) => {
  const app = await startRecipe(page, { issuer: provider.issuer })
  const choice = await browser.open(`${app.url}/account`)
  expect(choice.url).toBe(`${app.url}/sign-in?returnTo=%2Faccount`)
  expect(JSON.parse((await withPassword(app, browser)).text)).toEqual(robin)
  expect((await browser.open(`${app.url}/company`, { follow: false })).status).toBe(303)
  const left = await browser.post(`${app.url}/sign-out`, {})
  expect(left.text).toBe('Nobody is signed in.')
  expect(provider.requestsTo('endSession')).toEqual([])

  const signedIn = await browser.open(`${app.url}/login?returnTo=/account`)
  expect(JSON.parse(signedIn.text)).toEqual(una)
  expect((await browser.open(`${app.url}/company`)).status).toBe(200)
  expect((await browser.post(`${app.url}/sign-out`, {})).text).toBe('Nobody is signed in.')
  expect(provider.requestsTo('endSession')).toHaveLength(1)
})

test('has one user in a session, the last who signed in', async ({ provider, browser }) => {
  const app = await startRecipe(page, { issuer: provider.issuer })
  await withPassword(app, browser)
  await browser.open(`${app.url}/login`)
  expect(await account(app, browser)).toEqual(una)
  await withPassword(app, browser)
  expect(await account(app, browser)).toEqual(robin)
})

test('signs nobody in with a wrong password, or a name that it does not know', async ({
  provider,
  browser,
}) => {
  const app = await startRecipe(page, { issuer: provider.issuer })
  expect((await withPassword(app, browser, 'wrong')).url).toBe(`${app.url}/sign-in`)
  const unknown = await browser.post(`${app.url}/sign-in`, { username: 'mallory', password: '' })
  expect(unknown.url).toBe(`${app.url}/sign-in`)
  expect((await browser.open(`${app.url}/`)).text).toBe('Nobody is signed in.')
})

test('signs nobody in again when a login has expired, as it would without onLogin', async ({
  provider,
  browser,
}) => {
  const shortly = (code: string): string => code.replace('onLogin(', 'absoluteLifetime: 1, onLogin(')
  const afterwards = async (change: (code: string) => string): Promise<() => Promise<string>> => {
    const app = await startRecipe(page, { issuer: provider.issuer }, code => change(shortly(code)))
    await withPassword(app, browser)
    await browser.open(`${app.url}/login`)
    return async () => (await browser.open(`${app.url}/`)).text
  }
  await expect.poll(await afterwards(code => code)).toBe('Nobody is signed in.')
  await expect
    .poll(await afterwards(code => code.replace('delete req.session.passport', '')))
    .toBe('Hello Robin')
})

test('mixes two users up if passport comes behind relyingParty()', async ({ provider, browser }) => {
  const app = await startRecipe(page, { issuer: provider.issuer }, code =>
    code
      .replace('app.use(passport.session())', '')
      .replace('delete req.session.passport', '')
      .replace('/** Lets both kinds', 'app.use(passport.session())\n/** Lets both kinds'),
  )
  await withPassword(app, browser)
  await browser.open(`${app.url}/login`)
  expect(await account(app, browser)).toEqual({ sub: 'local|robin', by: 'provider' })
})

test('leaves a user signed in at the provider if passport alone signs out', async ({ provider, browser }) => {
  const app = await startRecipe(page, { issuer: provider.issuer }, code =>
    code.replace('if (req.oidc.isAuthenticated) return await req.oidc.logout()', ''),
  )
  await browser.open(`${app.url}/login`)
  expect(await account(app, browser)).toEqual(una)
  expect((await browser.post(`${app.url}/sign-out`, {})).text).toBe('Nobody is signed in.')
  expect(provider.requestsTo('endSession')).toEqual([])
})
