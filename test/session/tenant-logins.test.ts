import type { Express } from 'express'
import { expect } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { Browser } from '../support/browser.ts'
import { expectSignIn, test } from '../support/flow.ts'
import { logoutToken, postLogout } from '../support/logout/tokens.ts'
import { A, B, tenantProvider } from '../support/providers/tenants.ts'

const SID = 'one sid for all'

/** Signs the same `sub` in at two tenants, in one session at the provider. */
async function signInBoth(
  app: TestApp,
  { next }: ReturnType<typeof tenantProvider>,
): Promise<readonly [Browser, Browser]> {
  const browsers = [new Browser(), new Browser()] as const
  for (const [index, tenant] of [A, B].entries()) {
    next(tenant, { sid: SID })
    await expectSignIn({ app, browser: browsers[index] ?? new Browser() })
  }
  return browsers
}

const signedIn = async (app: TestApp, browsers: readonly Browser[]): Promise<boolean[]> =>
  Promise.all(browsers.map(async browser => (await app.userOf(browser)) !== null))

test.for([
  ['sid', { sid: SID }],
  ['sub', { sub: 'user-1' }],
] as const)(
  'a logout token with %s ends the logins of its own tenant only',
  async ([, meant], { provider, start }) => {
    const tenants = tenantProvider(provider)
    const app = await start({ relyingParty: tenants.options([A, B]) })
    const browsers = await signInBoth(app, tenants)
    const refused = await postLogout(app, await logoutToken(provider, { iss: provider.issuer, ...meant }))
    expect([refused.status, await signedIn(app, browsers)]).toEqual([400, [true, true]])
    const token = await logoutToken(provider, { iss: tenants.issuerOf(B), ...meant })
    expect((await postLogout(app, token)).status).toBe(200)
    expect(await signedIn(app, browsers)).toEqual([true, false])
    await postLogout(app, await logoutToken(provider, { iss: tenants.issuerOf(A), ...meant }))
    expect(await signedIn(app, browsers)).toEqual([false, false])
  },
)

test('a front-channel logout ends the session of its own tenant only', async ({ provider, start }) => {
  const tenants = tenantProvider(provider)
  const routes = { frontchannelLogout: '/frontchannel-logout' }
  const app = await start({ relyingParty: { ...tenants.options([A, B]), routes } })
  const browsers = await signInBoth(app, tenants)
  const open = (iss: string): Promise<Response> =>
    fetch(`${app.url}/frontchannel-logout?${new URLSearchParams({ iss, sid: SID }).toString()}`)
  expect((await open(tenants.issuerOf('common'))).status).toBe(400)
  expect(await signedIn(app, browsers)).toEqual([true, true])
  expect((await open(tenants.issuerOf(B))).status).toBe(200)
  expect(await signedIn(app, browsers)).toEqual([true, false])
})

test('the sessions of a user are found by issuer and sub', async ({ provider, start }) => {
  const tenants = tenantProvider(provider)
  const app = await start({ relyingParty: tenants.options([A, B]) })
  const browsers = await signInBoth(app, tenants)
  await expect(async () => app.rp.sessions.endAll('user-1')).rejects.toMatchObject({
    code: 'ERR_OIDC_INVALID_OPTION',
  })
  expect(await app.rp.sessions.of({ iss: tenants.issuerOf(A), sub: 'user-1' })).toHaveLength(1)
  expect(await app.rp.sessions.endAll({ iss: tenants.issuerOf(A), sub: 'user-1' })).toBe(1)
  expect(await signedIn(app, browsers)).toEqual([false, true])
})

function tokenRoute(app: Express): void {
  app.get('/token', async (req, res) => {
    const token = await req.oidc.getAccessToken().catch((error: { code: string }) => error.code)
    res.json({ token })
  })
}

test('a refresh must come from the issuer of the login', async ({ provider, start, browser }) => {
  const tenants = tenantProvider(provider)
  const scope = 'openid offline_access'
  const app = await start({ relyingParty: { ...tenants.options([A, B]), scope }, after: tokenRoute })
  provider.tokenResponse = body => ({ ...body, expires_in: 0 })
  tenants.next(A)
  await expectSignIn({ app, browser })
  const askToken = async () => JSON.parse((await browser.open(`${app.url}/token`)).text).token
  expect(await askToken()).toMatch(/^[\w-]{43}$/)
  tenants.next(B)
  expect(await askToken()).toBe('ERR_OIDC_LOGIN_ENDED')
  expect(await app.userOf(browser)).toBeNull()
  expect(provider.requestsTo('token')).toHaveLength(3)
})

test('data of a session stays with the user, and goes if the tenant differs', async ({
  provider,
  start,
  browser,
}) => {
  const tenants = tenantProvider(provider)
  const app = await start({
    relyingParty: tenants.options([A, B]),
    before: server => {
      server.get('/note', (req, res) => {
        const held = req.session as unknown as { note?: string }
        const before = held.note ?? 'none'
        held.note = 'kept'
        res.send(before)
      })
    },
  })
  const note = async () => (await browser.open(`${app.url}/note`)).text
  tenants.next(A)
  await expectSignIn({ app, browser })
  expect([await note(), await note()]).toEqual(['none', 'kept'])
  await browser.open(`${app.url}/login`)
  expect(await note()).toBe('kept')
  tenants.next(B)
  await browser.open(`${app.url}/login`)
  expect([await note(), (await app.userOf(browser))?.['tid']]).toEqual(['none', B])
})
