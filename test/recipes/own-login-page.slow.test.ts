import { expect } from 'vitest'
import { codeOf, test } from '../support/flow.ts'
import { startRecipe } from '../support/recipes/recipe.ts'

const page = 'docs/recipes/own-login-page.md'

test('leads over its own page to the provider and back', async ({ provider, browser }) => {
  const app = await startRecipe(page, { issuer: provider.issuer })
  const form = await browser.open(`${app.url}/account?tab=2`)
  expect(form.url).toBe(`${app.url}/login?returnTo=%2Faccount%3Ftab%3D2`)
  expect(form.text).toContain('Welcome to the shop')
  expect(provider.requestsTo('authorize')).toEqual([])
  const account = await browser.submit(form, { email: 'una@app.example' })
  expect([account.status, account.url]).toEqual([200, `${app.url}/account?tab=2`])
  expect(provider.requestsTo('authorize').map(({ query }) => query.get('login_hint'))).toEqual([
    'una@app.example',
  ])
  expect((await browser.open(`${app.url}/login`)).text).toContain('You are signed in.')
})

test('sends no hint for an empty field', async ({ provider, browser }) => {
  const app = await startRecipe(page, { issuer: provider.issuer })
  await browser.submit(await browser.open(`${app.url}/account`))
  expect(provider.requestsTo('authorize').map(({ query }) => query.get('login_hint'))).toEqual([null])
})

test('ends on the start page if a return path leads elsewhere', async ({ provider, browser }) => {
  const app = await startRecipe(page, { issuer: provider.issuer })
  const form = await browser.open(`${app.url}/login?returnTo=//evil.example/`)
  expect((await browser.submit(form)).url).toBe(`${app.url}/`)
})

test('shows no HTML of a return path, as it would without escape()', async ({ provider, browser }) => {
  const attack = `returnTo=${encodeURIComponent('"><script>alert(1)</script>')}`
  const app = await startRecipe(page, { issuer: provider.issuer })
  expect((await browser.open(`${app.url}/login?${attack}`)).text).not.toContain('<script>')
  const unsafe = await startRecipe(page, { issuer: provider.issuer }, code =>
    code.replace('escape(textOf(req.query.returnTo))', 'textOf(req.query.returnTo)'),
  )
  expect((await browser.open(`${unsafe.url}/login?${attack}`)).text).toContain('<script>')
})

test('comes back to its own page if the user cancels', async ({ provider, browser }) => {
  const app = await startRecipe(page, { issuer: provider.issuer })
  provider.authorizationResponse = ({ code: _, ...usual }) => ({ ...usual, error: 'access_denied' })
  const back = await browser.submit(await browser.open(`${app.url}/account`))
  expect([back.status, back.url]).toEqual([200, `${app.url}/login`])
})

test('shows its own error page, or JSON, while the provider is away', async ({ provider, browser }) => {
  await provider.stop()
  const app = await startRecipe(page, { issuer: provider.issuer })
  const failed = await browser.open(`${app.url}/login/start`)
  expect(failed.status).toBe(503)
  expect(failed.text).toMatch(/<title>The shop<\/title>.*Reference: \w{8}/)
  expect(Number(failed.headers.get('retry-after'))).toBeGreaterThan(0)
  const program = { headers: { accept: 'application/json', 'sec-fetch-mode': 'cors' } }
  expect(codeOf(await browser.open(`${app.url}/login/start`, program))).toBe('ERR_OIDC_PROVIDER_UNAVAILABLE')
  await provider.start()
  await expect
    .poll(async () => (await browser.submit(await browser.open(`${app.url}/account`))).url)
    .toBe(`${app.url}/account`)
})

test('tells API clients where to sign in', async ({ provider }) => {
  const app = await startRecipe(page, { issuer: provider.issuer })
  const answer = await fetch(`${app.url}/api/orders`)
  expect([answer.status, await answer.json()]).toMatchObject([401, { loginUrl: `${app.url}/login/start` }])
})

test('never shows its page without routes.login', async ({ provider, browser }) => {
  const app = await startRecipe(page, { issuer: provider.issuer }, code =>
    code.replace("routes: { login: '/login/start' },", ''),
  )
  expect((await browser.open(`${app.url}/login`, { follow: false })).status).toBe(303)
})

test('shows an error to users who cancel, without its branch', async ({ provider, browser }) => {
  const app = await startRecipe(page, { issuer: provider.issuer }, code =>
    code.replace(/if \(error.code === 'ERR_OIDC_ACCESS_DENIED'\).*/, ''),
  )
  provider.authorizationResponse = ({ code: _, ...usual }) => ({ ...usual, error: 'access_denied' })
  const failed = await browser.submit(await browser.open(`${app.url}/account`))
  expect([failed.status, failed.text]).toEqual([403, expect.stringContaining('Reference:')])
})
