import { Readable } from 'node:stream'
import { describe, expect } from 'vitest'
import type { ApiRequest } from '../../../src/middleware/tokens/api-fetch.ts'
import { pass, stopClock } from '../../support/clock.ts'
import { expectSignIn } from '../../support/flow.ts'
import { call } from '../../support/tokens/api-flow.ts'
import { proofsAt, test } from '../../support/tokens/dpop-flow.ts'
import { refreshesAt } from '../../support/tokens/token-flow.ts'
import { askToken } from '../../support/tokens/token-routes.ts'

stopClock()

describe('an API is called with a bound token', () => {
  test('and a proof for this request', async ({ provider, provingApi: api, app, browser, calling }) => {
    calling.request = () => ({
      method: 'POST',
      body: 'x=1',
      headers: { 'x-mine': 'yes', authorization: 'Basic mine', dpop: 'mine' },
    })
    expect(await call(app, browser)).toMatchObject({ status: 200, text: 'heard x=1' })
    const { token } = await askToken(app, browser)
    expect(api.calls).toMatchObject([{ scheme: 'DPoP', token, path: '/orders?open=1', method: 'POST' }])
    expect(api.calls[0]?.claims).toMatchObject({ htm: 'POST', htu: `${api.origin}/orders` })
    expect(proofsAt(provider, 'userinfo')).toHaveLength(1)
  })

  test('and the nonce that the API wants, which is remembered', async ({
    provingApi: api,
    app,
    browser,
    calling,
  }) => {
    api.nonce = 'one'
    calling.request = () => ({ method: 'PUT', body: new URLSearchParams({ x: '1' }) })
    expect(await call(app, browser)).toMatchObject({ status: 200, text: 'heard x=1' })
    expect(await call(app, browser)).toMatchObject({ status: 200 })
    api.nonce = 'two'
    expect(await call(app, browser)).toMatchObject({ status: 200 })
    const told = api.calls.map(({ status, claims }) => [status, claims['nonce']])
    expect(told).toEqual([
      [401, undefined],
      [200, 'one'],
      [200, 'one'],
      [401, 'one'],
      [200, 'two'],
    ])
    expect(new Set(api.calls.map(({ claims }) => claims['jti'])).size).toBe(5)
  })

  test('and the API’s nonces, although the provider at its origin has others', async ({
    provider,
    startBound,
    browser,
    calling,
  }) => {
    const nonces: Record<string, unknown[]> = { userinfo: [], endSession: [] }
    for (const endpoint of ['userinfo', 'endSession'] as const)
      provider.answer(endpoint, (request, response) => {
        nonces[endpoint]?.push(proofsAt(provider, endpoint).at(-1)?.claims['nonce'])
        response.writeHead(200, { 'dpop-nonce': `of-${endpoint}`, 'content-type': 'application/json' })
        response.end(JSON.stringify({ sub: 'user-1', path: request.path }))
      })
    const app = await startBound({ apiOrigins: [provider.issuer], userInfo: { when: { every: 60 } } })
    await expectSignIn({ app, browser })
    calling.url = `${provider.issuer}/logout`
    for (const _ of [1, 2]) expect(await call(app, browser)).toMatchObject({ status: 200 })
    pass(61_000)
    await browser.open(`${app.url}/me`)
    expect(nonces).toEqual({ userinfo: [undefined, 'of-userinfo'], endSession: [undefined, 'of-endSession'] })
  })

  test('whose first request asks for a nonce where the body is a stream', async ({
    provingApi: api,
    app,
    browser,
    calling,
  }) => {
    api.nonce = 'one'
    calling.request = () => streaming('x=1')
    expect(await call(app, browser)).toMatchObject({ status: 200, text: 'heard x=1' })
    expect(api.calls.map(({ method, status, body }) => [method, status, body])).toEqual([
      ['HEAD', 401, ''],
      ['HEAD', 200, ''],
      ['POST', 200, 'x=1'],
    ])
  })

  test('and gets the refusal if the nonce changes while a stream is on its way', async ({
    provingApi: api,
    app,
    browser,
    calling,
  }) => {
    api.nonce = 'one'
    calling.request = () => streaming('x=1')
    api.answer = () => {
      api.nonce = 'two'
    }
    expect(await call(app, browser)).toMatchObject({ status: 401 })
    expect(api.calls.map(({ method, status }) => [method, status])).toEqual([
      ['HEAD', 401],
      ['HEAD', 200],
      ['POST', 401],
    ])
  })
})

test('an API that wants another nonce each time is not given another token', async ({
  provider,
  provingApi: api,
  app,
  browser,
}) => {
  pass(31_000)
  Object.defineProperty(api, 'nonce', { get: () => crypto.randomUUID() })
  expect(await call(app, browser)).toMatchObject({ status: 401 })
  expect(api.calls.map(({ status }) => status)).toEqual([401, 401])
  expect(refreshesAt(provider)).toEqual([])
  Object.defineProperty(api, 'nonce', { value: undefined })
  expect(await call(app, browser)).toMatchObject({ status: 401 }) // with the last of those nonces
  Object.defineProperty(api, 'nonce', { value: api.calls.at(-1)?.claims['nonce'] })
  expect(await call(app, browser)).toMatchObject({ status: 200 })
})

test('a bound token for less is sent with a proof, too', async ({
  provingApi: api,
  app,
  browser,
  calling,
}) => {
  calling.request = () => ({ scope: 'openid' })
  for (const _ of [1, 2]) expect(await call(app, browser)).toMatchObject({ status: 200 }) // the second time, from the store
  const { token } = await askToken(app, browser, '?scope=openid')
  expect(api.calls).toMatchObject([
    { scheme: 'DPoP', token },
    { scheme: 'DPoP', token },
  ])
})

test('a bound token that the API refuses is renewed once', async ({
  provider,
  provingApi: api,
  app,
  browser,
}) => {
  pass(31_000)
  const { token } = await askToken(app, browser)
  api.answer = response => {
    const isOld = api.calls.length === 0
    if (isOld) response.writeHead(401, { 'www-authenticate': 'DPoP error="invalid_token"' })
  }
  expect(await call(app, browser)).toMatchObject({ status: 200 })
  expect(api.calls.map(({ status, token: sent }) => [status, sent === token])).toEqual([
    [401, true],
    [200, false],
  ])
  expect(refreshesAt(provider)).toHaveLength(1)
})

function streaming(body: string): ApiRequest {
  const stream = Readable.toWeb(Readable.from([Buffer.from(body)])) as ReadableStream
  return { method: 'POST', body: stream, duplex: 'half' } as ApiRequest
}
