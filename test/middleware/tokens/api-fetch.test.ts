import { describe, expect } from 'vitest'
import { pass, stopClock } from '../../support/clock.ts'
import { expectSignIn } from '../../support/flow.ts'
import { call, callRoute, test } from '../../support/tokens/api-flow.ts'
import { LIFE, offline, refreshesAt } from '../../support/tokens/token-flow.ts'
import { askToken } from '../../support/tokens/token-routes.ts'

stopClock()

describe('an API is called', () => {
  test('with the access token, and with what the app says', async ({ api, app, browser, calling }) => {
    calling.request = () => ({
      method: 'POST',
      body: 'x=1',
      headers: { 'x-mine': 'yes', authorization: 'Basic mine' },
    })
    expect(await call(app, browser)).toMatchObject({ status: 200, text: 'hello' })
    const { token } = await askToken(app, browser)
    expect(api.calls).toMatchObject([
      { path: '/orders?open=1', method: 'POST', body: 'x=1', authorization: `Bearer ${token}` },
    ])
    expect(api.calls[0]?.headers['x-mine']).toBe('yes')
  })

  test('with a token for less, if that is asked for', async ({ api, app, browser, calling }) => {
    calling.request = () => ({ scope: 'openid', minValidity: 60 })
    await call(app, browser)
    const { token } = await askToken(app, browser, '?scope=openid')
    expect(api.calls).toMatchObject([{ authorization: `Bearer ${token}` }])
  })

  test('by nobody who is not signed in', async ({ api, app, browser }) => {
    await browser.post(`${app.url}/logout`, {})
    expect(await call(app, browser)).toMatchObject({ error: 'ERR_OIDC_UNAUTHENTICATED' })
    expect(api.calls).toEqual([])
  })

  test.for([
    ['another origin', () => 'https://evil.example/'],
    ['a subdomain', () => 'https://x.api.example/'],
    ['a longer host', () => 'https://api.example.evil.example/'],
    ['another port', () => 'https://api.example:8443/'],
    ['the same without TLS', () => 'http://api.example/'],
    ['a user name', () => 'https://api.example@evil.example/'],
    ['a backslash', () => 'https://evil.example\\@api.example/'],
    ['no scheme', () => '//api.example/'],
    ['a path', () => '/orders'],
    ['a data URL', () => 'data:text/plain,api.example'],
    ['another port of this machine', (origin: string) => origin.replace(/\d+$/, '1')],
    ['another name of this machine', (origin: string) => origin.replace('127.0.0.1', 'localhost')],
  ] as const)('never at %s', async ([, urlAt], { provider, api, app, browser, calling }) => {
    const { url } = calling
    calling.url = urlAt(api.origin)
    pass(LIFE + 1)
    expect(await call(app, browser)).toMatchObject({ error: 'ERR_OIDC_ORIGIN_NOT_ALLOWED' })
    expect([api.calls, refreshesAt(provider)]).toEqual([[], []])
    calling.url = new URL(url)
    expect(await call(app, browser)).toMatchObject({ status: 200 })
  })

  test('never where a redirect leads', async ({ api, app, browser }) => {
    api.answer = (_call, response) =>
      void response.writeHead(302, { location: 'https://evil.example/' }).end()
    expect(await call(app, browser)).toMatchObject({ status: 302, location: 'https://evil.example/' })
    api.answer = (_call, response) => void response.writeHead(307, { location: '/elsewhere' }).end()
    expect(await call(app, browser)).toMatchObject({ status: 307 })
    expect(api.calls).toHaveLength(2)
  })

  test('never with a token that no header can hold', async ({
    provider,
    start,
    api,
    kept,
    calling,
    browser,
  }) => {
    provider.idToken = (claims, header) => ({ claims: { ...claims, at_hash: undefined }, header })
    provider.tokenResponse = body => ({ ...body, access_token: 'CANARY\r\nx: y' })
    provider.answer('userinfo', (_request, response) => void response.end())
    delete (provider.metadata as Record<string, unknown>)['userinfo_endpoint']
    const app = await start({
      ...offline(kept.store, { apiOrigins: [api.origin] }),
      after: express => callRoute(express, calling),
    })
    await expectSignIn({ app, browser })
    const answer = await call(app, browser)
    expect(answer).toMatchObject({ error: 'ERR_OIDC_ACCESS_TOKEN_REFUSED' })
    expect(JSON.stringify(answer)).not.toContain('CANARY')
    expect(api.calls).toEqual([])
  })

  test('in vain while it is away: the app gets what fetch throws', async ({ api, app, browser }) => {
    api.answer = (_call, response) => void response.destroy()
    expect(await call(app, browser)).toEqual({ thrown: 'TypeError: fetch failed' })
  })
})
