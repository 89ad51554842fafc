import { describe, expect } from 'vitest'
import { memoryStore, type RelyingPartyOptions } from '../../../../src/index.ts'
import { lastSent, signInAndOut, test } from '../../../support/providers/logout-flow.ts'
import type { LogoutShape } from '../../../support/providers/logout-shapes.ts'

interface Row {
  readonly name: string
  readonly shape: LogoutShape
  readonly path: string
  /** Whether discovery names the endpoint. */
  readonly isNamed?: boolean
  readonly options: Pick<RelyingPartyOptions, 'logoutParameters'>
  readonly sent: readonly string[]
  /** By redirect and by form, unless the provider takes GET only. */
  readonly requests?: readonly ['redirect']
}

const standard = ['client_id', 'id_token_hint', 'post_logout_redirect_uri', 'state'] as const

const rows: readonly Row[] = [
  {
    name: 'Amazon Cognito',
    shape: 'cognito',
    path: '/logout',
    isNamed: false,
    options: {
      logoutParameters: {
        post_logout_redirect_uri: { as: 'logout_uri' },
        id_token_hint: null,
        state: null,
      },
    },
    sent: ['client_id', 'logout_uri'],
    requests: ['redirect'],
  },
  {
    name: 'Auth0 at /v2/logout',
    shape: 'auth0Classic',
    path: '/v2/logout',
    isNamed: false,
    options: {
      logoutParameters: {
        post_logout_redirect_uri: { as: 'returnTo' },
        id_token_hint: null,
        federated: '',
      },
    },
    sent: ['client_id', 'federated', 'returnTo', 'state'],
    requests: ['redirect'],
  },
  { name: 'Auth0', shape: 'auth0', path: '/oidc/logout', options: {}, sent: standard },
  {
    name: 'Microsoft Entra ID',
    shape: 'entra',
    path: '/oauth2/v2.0/logout',
    options: { logoutParameters: ({ claims }) => ({ logout_hint: String(claims['login_hint']) }) },
    sent: [...standard, 'logout_hint'],
  },
  {
    name: 'Login.gov',
    shape: 'loginGov',
    path: '/openid_connect/logout',
    options: { logoutParameters: { id_token_hint: null } },
    sent: ['client_id', 'post_logout_redirect_uri', 'state'],
  },
  {
    name: 'Azure AD B2C',
    shape: 'b2c',
    path: '/t/oauth2/v2.0/logout?p=b2c_1_in',
    options: {},
    sent: [...standard, 'p'],
  },
  { name: 'OneLogin', shape: 'oneLogin', path: '/oidc/2/logout', options: {}, sent: standard },
  {
    name: 'authentik',
    shape: 'authentik',
    path: '/application/o/shop/end-session/',
    options: {},
    sent: standard,
  },
]

describe.for(rows)('at $name', ({ shape, path, isNamed, options, sent, requests }) => {
  const place = { path, ...(isNamed !== undefined && { isNamed }) }

  test.for(requests ?? (['redirect', 'form'] as const))(
    'a sign-out by %s comes back to its return path',
    async (logoutRequest, { provider, browser, startShop }) => {
      provider.idToken = (claims, header) => ({ claims: { ...claims, login_hint: 'una' }, header })
      const app = await startShop(shape, place, { ...options, logoutRequest })
      const page = await signInAndOut(app, browser)
      const last = logoutRequest === 'form' ? await browser.submit(page) : page
      expect(last).toMatchObject({ status: 200, url: `${app.url}/me`, text: 'null' })
      const { method, query } = provider.requestsTo('endSession').at(-1) ?? {}
      const names = new Set([...Object.keys(lastSent(provider)), ...(query?.keys() ?? [])])
      expect([method, [...names].sort()]).toEqual([
        logoutRequest === 'form' ? 'POST' : 'GET',
        [...sent].sort(),
      ])
    },
  )
})

describe('the same providers refuse', () => {
  test.for([
    ['cognito', '/logout', 400, 'Required parameters missing'],
    ['auth0Classic', '/v2/logout', 200, 'OK'],
    ['entra', '/oauth2/v2.0/logout', 200, 'Pick an account'],
    ['loginGov', '/openid_connect/logout', 400, 'should not be sending id_token_hint'],
  ] as const)(
    '%s: a sign-out without the parameters of the row above',
    async ([shape, path, status, words], { browser, startShop }) => {
      const app = await startShop(shape, { path }, {})
      const page = await signInAndOut(app, browser)
      expect([page.status, page.text]).toEqual([status, expect.stringContaining(words)])
    },
  )

  test('authentik: a return address that it does not know, until the app sends none', async ({
    browser,
    startShop,
  }) => {
    const place = { path: '/application/o/shop/end-session/' }
    const unknown = { logoutParameters: { post_logout_redirect_uri: 'https://www.shop.example/bye' } }
    const refused = await signInAndOut(await startShop('authentik', place, unknown), browser)
    expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('Invalid post_logout')])

    const none = { logoutParameters: { post_logout_redirect_uri: null } }
    const ended = await signInAndOut(await startShop('authentik', place, none), browser)
    expect([ended.status, ended.text]).toEqual([200, expect.stringContaining('You have logged out')])
  })
})

test('authentik gets no return address if the ID token of the login is lost', async ({
  provider,
  browser,
  startShop,
}) => {
  const memory = memoryStore()
  const store = { ...memory, get: async (key: string) => (isLost(key) ? undefined : memory.get(key)) }
  let isStoreLost = false
  const isLost = (key: string): boolean => isStoreLost && key.startsWith('tokens:')
  const app = await startShop('authentik', { path: '/application/o/shop/end-session/' }, { store })
  await browser.open(`${app.url}/private`)
  isStoreLost = true
  const page = await browser.post(`${app.url}/logout`, {})
  expect([page.status, page.text]).toEqual([200, expect.stringContaining('You have logged out')])
  expect(lastSent(provider)).toEqual({})
  expect((await browser.cookies(app.url)).join()).not.toContain('oidc-logout.')
  expect(await app.userOf(browser)).toBeNull()
})
