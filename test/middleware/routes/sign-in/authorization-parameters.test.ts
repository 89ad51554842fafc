import type { Request } from 'express'
import { describe, expect } from 'vitest'
import type { AuthorizationParameters } from '../../../../src/index.ts'
import type { Browser } from '../../../support/browser.ts'
import { pass, stopClock } from '../../../support/clock.ts'
import { codeOf, expectSignIn, locationOf, test } from '../../../support/flow.ts'

const MINUTE = 60_000

stopClock()

/** What the request says of the user, and what the query says of the tenant. */
const parametersOf = async ({ headers, query }: Request): Promise<AuthorizationParameters> => ({
  ui_locales: headers['accept-language'],
  ...(typeof query['org'] === 'string' && { organization: query['org'] }),
})

/** The parameters of the authorization request that a page leads to, by these names. */
async function askedBy(browser: Browser, url: string): Promise<Readonly<Record<string, string>>> {
  const page = await browser.open(url, { follow: false, headers: { 'accept-language': 'nb' } })
  const sent = [...locationOf(page).searchParams]
  const names = ['ui_locales', 'organization', 'prompt', 'claims', 'vtr', 'evil']
  return Object.fromEntries(sent.filter(([name]) => names.includes(name)))
}

describe('a function that returns parameters', () => {
  test('is asked for each sign-in, and alone passes on what a request says', async ({ start, browser }) => {
    const app = await start({ relyingParty: { authorizationParameters: parametersOf } })
    expect(await askedBy(browser, `${app.url}/login?evil=1&prompt=none`)).toEqual({ ui_locales: 'nb' })
    expect(await askedBy(browser, `${app.url}/login?org=acme`)).toEqual({
      ui_locales: 'nb',
      organization: 'acme',
    })
    expect(await askedBy(browser, `${app.url}/private?org=other`)).toEqual({
      ui_locales: 'nb',
      organization: 'other',
    })
    await expectSignIn({ app, browser })
  })

  test('may return nothing', async ({ start, browser }) => {
    const app = await start({ relyingParty: { authorizationParameters: () => undefined } })
    expect(await askedBy(browser, `${app.url}/login`)).toEqual({})
    await expectSignIn({ app, browser })
  })

  test('gives way to the parameters of one sign-in', async ({ start, browser }) => {
    const app = await start({
      relyingParty: { authorizationParameters: parametersOf },
      after: mounted =>
        void mounted.get('/switch', (req, _res, next) => {
          req.oidc.login({ authorizationParameters: { organization: 'mine', prompt: 'login' } }).catch(next)
        }),
    })
    expect(await askedBy(browser, `${app.url}/switch?org=acme`)).toEqual({
      ui_locales: 'nb',
      organization: 'mine',
      prompt: 'login',
    })
  })

  test('has what it returned kept when the sign-in starts again', async ({ start, browser }) => {
    const app = await start({ relyingParty: { authorizationParameters: parametersOf } })
    const away = await browser.open(`${app.url}/login?org=acme`, { follow: false })
    const answer = locationOf(await browser.open(locationOf(away).href, { follow: false }))
    pass(11 * MINUTE)
    expect(await askedBy(browser, answer.href)).toEqual({ ui_locales: 'nb', organization: 'acme' })
  })

  test('is asked again when the cookie of the sign-in was lost', async ({ start, browser }) => {
    const app = await start({ relyingParty: { authorizationParameters: parametersOf } })
    const away = await browser.open(`${app.url}/login?org=acme`, { follow: false })
    const answer = locationOf(await browser.open(locationOf(away).href, { follow: false }))
    await browser.jar.removeAllCookies()
    expect(await askedBy(browser, answer.href)).toEqual({ ui_locales: 'nb' })
  })

  test.for([
    ['state', { state: 'evil' }],
    ['scope', { scope: 'openid admin' }],
    ['redirect_uri', { redirect_uri: 'https://evil.example/' }],
    ['prompt', { prompt: 'none' }],
    ['acr_values', { acr_values: ['gold'] }],
    ['claims', { claims: ['email'] }],
  ] as const)('may not return this %s', async ([name, parameters], { provider, start, browser }) => {
    let returned: object = parameters
    const app = await start({
      relyingParty: { authorizationParameters: () => returned as AuthorizationParameters },
    })
    const page = await browser.open(`${app.url}/private`)
    expect([page.status, codeOf(page)]).toEqual([500, 'ERR_OIDC_INVALID_OPTION'])
    expect(app.log.join()).toContain(`options.authorizationParameters.${name} `)
    expect(provider.requestsTo('authorize')).toHaveLength(0)
    expect(await app.userOf(browser)).toBeNull()
    returned = {}
    await expectSignIn({ app, browser })
  })

  test('may fail, and then Express handles its error', async ({ provider, start, browser }) => {
    const authorizationParameters = (): never => {
      throw new TypeError('no such tenant')
    }
    const app = await start({ relyingParty: { authorizationParameters } })
    const page = await browser.open(`${app.url}/login`)
    expect([page.status, page.text]).toEqual([500, expect.stringContaining('no such tenant')])
    expect(provider.requestsTo('authorize')).toHaveLength(0)
    expect(await app.userOf(browser)).toBeNull()
  })
})

describe('parameters whose values are JSON', () => {
  const claims = { id_token: { acr: { essential: true } }, userinfo: { email: null } }
  const sent = { claims: JSON.stringify(claims), vtr: '["Cl.Cm"]' }

  test.for([
    ['of the app', { claims, vtr: ['Cl.Cm'] }],
    ['of the app as text', sent],
    ['of a function', () => ({ claims, vtr: ['Cl.Cm'] })],
  ] as const)('%s are sent as text', async ([, authorizationParameters], { start, browser }) => {
    const app = await start({ relyingParty: { authorizationParameters } })
    expect(await askedBy(browser, `${app.url}/login`)).toEqual(sent)
    await expectSignIn({ app, browser })
  })

  test('of one sign-in are sent as text, also if it starts again', async ({ start, browser }) => {
    const app = await start({
      after: mounted =>
        void mounted.get('/prove', (req, _res, next) => {
          req.oidc.login({ authorizationParameters: { claims, vtr: ['Cl.Cm'] } }).catch(next)
        }),
    })
    const away = await browser.open(`${app.url}/prove`, { follow: false })
    const answer = locationOf(await browser.open(locationOf(away).href, { follow: false }))
    pass(11 * MINUTE)
    expect(await askedBy(browser, answer.href)).toEqual(sent)
  })

  test('are pushed like any other', async ({ provider, start, browser }) => {
    provider.metadata['pushed_authorization_request_endpoint'] = `${provider.issuer}/pushed`
    const relyingParty = {
      pushedAuthorizationRequests: true,
      authorizationParameters: ({ query }: Request) => ({
        claims,
        organization: typeof query['org'] === 'string' ? query['org'] : undefined,
      }),
    }
    const app = await start({ relyingParty })
    const away = await browser.open(`${app.url}/login?org=acme`, { follow: false })
    expect([...locationOf(away).searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
    const pushed = new URLSearchParams(provider.requestsTo('pushed').at(-1)?.body)
    expect([pushed.get('claims'), pushed.get('organization')]).toEqual([sent.claims, 'acme'])
  })
})
