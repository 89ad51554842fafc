import { describe, expect } from 'vitest'
import type { TestApp } from '../../../support/app.ts'
import { asProgram, codeOf, expectRefusal, expectSignIn, locationOf, test } from '../../../support/flow.ts'
import type { ScriptedProvider } from '../../../support/scripted-provider.ts'

const ELSEWHERE = 'https://portal.example/apps'
const REFUSED = [400, 'ERR_OIDC_INITIATION_INVALID'] as const

/** The address that starts a sign-in, as the provider links to it. */
function initiation(app: TestApp, parameters: Readonly<Record<string, string>> | [string, string][]): string {
  return `${app.url}/initiate-login?${new URLSearchParams(parameters).toString()}`
}

function wholeRequest(app: TestApp, { issuer }: ScriptedProvider): Record<string, string> {
  return { iss: issuer, login_hint: 'una', target_link_uri: `${app.url}/private?tab=2` }
}

describe('a sign-in that a third party starts', () => {
  test('ends at its target, with its hint passed on', async ({ provider, app, browser }) => {
    const url = initiation(app, wholeRequest(app, provider))
    const page = await browser.open(url, { from: ELSEWHERE })
    expect([page.status, page.url]).toEqual([200, `${app.url}/private?tab=2`])
    expect(provider.requestsTo('authorize')[0]?.query.get('login_hint')).toBe('una')
  })

  test('may be a posted form, which is asked for again so that cookies come along', async ({
    provider,
    app,
    browser,
  }) => {
    const fields = wholeRequest(app, provider)
    const first = await browser.post(`${app.url}/initiate-login`, fields, { from: ELSEWHERE, follow: false })
    expect([first.status, locationOf(first).href]).toEqual([303, initiation(app, fields)])
    const page = await browser.post(`${app.url}/initiate-login`, fields, { from: ELSEWHERE })
    expect([page.status, page.url]).toEqual([200, `${app.url}/private?tab=2`])
  })

  test('needs neither hint nor target', async ({ provider, app, browser }) => {
    const page = await browser.open(initiation(app, { iss: provider.issuer }), { from: ELSEWHERE })
    expect([page.status, page.url]).toEqual([200, `${app.url}/`])
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })

  test('passes on nothing else', async ({ provider, app, browser }) => {
    const request = { iss: provider.issuer, scope: 'admin', prompt: 'none', client_id: 'evil', state: 'evil' }
    const page = await browser.open(initiation(app, request), { follow: false, from: ELSEWHERE })
    const { searchParams } = locationOf(page)
    expect([...searchParams.keys()].sort()).toEqual([...new Set(searchParams.keys())].sort())
    expect(searchParams.get('scope')).toBe('openid profile email')
    expect(searchParams.has('prompt')).toBe(false)
    expect(page.headers.get('location')).not.toMatch(/evil|admin/)
  })

  test('takes no login’s place', async ({ provider, app, browser }) => {
    await expectSignIn({ app, browser })
    provider.user = { ...provider.user, sub: 'attacker' }
    const page = await browser.open(initiation(app, wholeRequest(app, provider)), { from: ELSEWHERE })
    expect([page.status, page.url]).toEqual([200, `${app.url}/private?tab=2`])
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    expect(provider.requestsTo('authorize')).toHaveLength(1)
  })
})

describe('its target', () => {
  test.for([
    ['https://evil.example/private', '/'],
    ['OTHER/private', '/'],
    ['//evil.example', '/'],
    ['APP.evil.example/private', '/'],
    ['APP@evil.example/private', '/'],
    ['APP//evil.example', '/'],
    ['APP/\\evil.example', '/'],
    ['APP/private/../..//evil.example', '/'],
    ['APP/logout', '/'],
    ['APP/initiate-login?iss=x', '/'],
    ['javascript:alert(1)', '/'],
    ['/private', '/'],
    ['APP', '/'],
    ['APP/private#part', '/private#part'],
  ] as const)('%s leads to %s', async ([target, path], { provider, app, browser }) => {
    const uri = target.replace('APP', app.url).replace('OTHER', app.url.replace('localhost', 'evil.host'))
    await browser.open(initiation(app, { iss: provider.issuer, target_link_uri: uri }), { from: ELSEWHERE })
    const again = initiation(app, { iss: provider.issuer, target_link_uri: uri })
    const page = await browser.open(again, { follow: false })
    expect(page.headers.get('location')).toBe(app.url + path)
  })
})

describe('is refused, and nothing starts:', () => {
  test.for([
    ['no iss', iss => [['login_hint', iss]]],
    ['an empty iss', () => [['iss', '']]],
    ['another provider', () => [['iss', 'https://evil.example']]],
    ['a slash too much', iss => [['iss', `${iss}/`]]],
    ['other letters', iss => [['iss', iss.toUpperCase()]]],
    [
      'two iss',
      iss => [
        ['iss', iss],
        ['iss', iss],
      ],
    ],
    [
      'two hints',
      iss => [
        ['iss', iss],
        ['login_hint', 'a'],
        ['login_hint', 'b'],
      ],
    ],
    [
      'two targets',
      iss => [
        ['iss', iss],
        ['target_link_uri', 'a'],
        ['target_link_uri', 'a'],
      ],
    ],
    [
      'a control character',
      iss => [
        ['iss', iss],
        ['login_hint', 'a\0b'],
      ],
    ],
    [
      'a long hint',
      iss => [
        ['iss', iss],
        ['login_hint', 'a'.repeat(2_049)],
      ],
    ],
  ] as readonly (readonly [string, (iss: string) => [string, string][]])[])(
    '%s',
    async ([, build], { provider, app, browser }) => {
      const page = await browser.open(initiation(app, build(provider.issuer)), { from: ELSEWHERE })
      await expectRefusal(page, REFUSED, { app, browser })
      expect(provider.requestsTo('authorize')).toHaveLength(0)
      expect(await browser.cookies(app.url)).toEqual([])
      await expectSignIn({ app, browser })
    },
  )

  test('a form that names another provider', async ({ provider, app, browser }) => {
    const page = await browser.post(`${app.url}/initiate-login`, { iss: 'x' }, { from: ELSEWHERE })
    await expectRefusal(page, REFUSED, { app, browser })
    expect(provider.requestsTo('authorize')).toHaveLength(0)
  })
})

describe('does nothing', () => {
  test.for([
    ['in a frame', { 'sec-fetch-dest': 'iframe' }],
    ['as an image', { 'sec-fetch-dest': 'image', 'sec-fetch-mode': 'no-cors' }],
    ['for a script', { 'sec-fetch-dest': 'empty', 'sec-fetch-mode': 'cors' }],
    ['ahead of time', { 'sec-purpose': 'prefetch' }],
  ] as const)('%s', async ([, headers], { provider, app, browser }) => {
    const url = initiation(app, wholeRequest(app, provider))
    const page = await browser.open(url, { headers, from: ELSEWHERE })
    expect([page.status, page.text]).toEqual([503, ''])
    expect(await browser.cookies(app.url)).toEqual([])
    expect((await browser.open(url, { from: ELSEWHERE })).url).toBe(`${app.url}/private?tab=2`)
  })
})

describe('the route', () => {
  test('can be elsewhere, or off', async ({ provider, start, browser }) => {
    const moved = await start({ relyingParty: { routes: { initiateLogin: '/begin' } } })
    const page = await browser.open(`${moved.url}/begin?iss=${encodeURIComponent(provider.issuer)}`)
    expect([page.status, page.url]).toEqual([200, `${moved.url}/`])
    for (const routes of [{ initiateLogin: '/begin' }, { initiateLogin: false as const }]) {
      const app = await start({ relyingParty: { routes } })
      expect((await browser.open(initiation(app, { iss: provider.issuer }))).status).toBe(404)
    }
  })

  test('takes GET and POST alone', async ({ app, browser }) => {
    const page = await browser.open(`${app.url}/initiate-login`, asProgram)
    expect(page.status).toBe(503)
    const answer = await fetch(`${app.url}/initiate-login`, { method: 'PUT' })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, POST'])
    expect(codeOf(await browser.open(`${app.url}/initiate-login`))).toBe('ERR_OIDC_INITIATION_INVALID')
  })

  test('is registered where it is https and on', async ({ provider, start }) => {
    const registered = async (relyingParty: object): Promise<unknown> => {
      provider.clients.clear()
      const app = await start({ relyingParty })
      await app.rp.ready()
      return [...provider.clients.values()][0]?.['initiate_login_uri']
    }
    const baseUrl = 'https://app.example/shop'
    expect(await registered({ baseUrl })).toBe(`${baseUrl}/initiate-login`)
    expect(await registered({ baseUrl, routes: { initiateLogin: false } })).toBeUndefined()
    expect(await registered({})).toBeUndefined()
  })
})
