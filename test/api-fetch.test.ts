import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Express, Request } from 'express'
import { describe, expect } from 'vitest'
import { type ApiRequest, OidcError } from '../src/index.ts'
import type { TestApp } from './support/app.ts'
import type { Browser } from './support/browser.ts'
import { pass, stopClock } from './support/clock.ts'
import { expectSignIn } from './support/flow.ts'
import { status } from './support/scripted-provider.ts'
import { test as base, LIFE, offline } from './support/token-flow.ts'
import { askToken } from './support/token-routes.ts'

stopClock()

/** What an API got. */
interface Call {
  readonly path: string
  readonly method: string
  readonly authorization: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** An API that remembers its calls, and answers as a test says. */
interface Api {
  readonly origin: string
  readonly calls: Call[]
  answer: (call: Call, response: ServerResponse) => void
}

/** How the app calls it, and how it answers then. */
interface Calling {
  url: string | URL
  request: (req: Request) => ApiRequest
}

const refusing =
  (token: string | undefined): Api['answer'] =>
  ({ authorization }, response) =>
    void response.writeHead(authorization === `Bearer ${token}` ? 401 : 200).end(authorization)

const test = base
  .extend('api', async ({ onTestFinished }): Promise<Api> => {
    const calls: Call[] = []
    const hear = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
      const { url: path = '', method = '', headers } = req
      const heard = {
        path,
        method,
        headers,
        authorization: headers.authorization ?? '',
        body: await text(req),
      }
      calls.push(heard)
      api.answer(heard, res)
    }
    const server: Server = createServer((req, res) => void hear(req, res)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const api: Api = { origin, calls, answer: (_call, response) => void response.end('hello') }
    return api
  })
  .extend('calling', ({ api }): Calling => ({ url: `${api.origin}/orders?open=1`, request: () => ({}) }))
  .override('app', async ({ start, api, calling, kept, browser }): Promise<TestApp> => {
    const { after, ...options } = offline(kept.store, { apiOrigins: ['https://api.example', api.origin] })
    const app = await start({
      ...options,
      after(express) {
        after?.(express)
        callRoute(express, calling)
        userInfoRoute(express)
      },
    })
    await expectSignIn({ app, browser })
    return app
  })

function callRoute(app: Express, calling: Calling): void {
  app.get('/call', async (req, res) => {
    try {
      const response = await req.oidc.fetch(calling.url, calling.request(req))
      res.json({
        status: response.status,
        location: response.headers.get('location'),
        text: await response.text(),
      })
    } catch (error) {
      if (error instanceof OidcError) res.json({ error: error.code, message: error.message })
      else res.json({ thrown: String(error) })
    }
  })
}

function userInfoRoute(app: Express): void {
  app.get('/userinfo', async (req, res) => void res.json(await req.oidc.fetchUserInfo()))
}

const call = async (app: TestApp, browser: Browser): Promise<Record<string, unknown>> =>
  JSON.parse((await browser.open(`${app.url}/call`)).text)

const refreshesAt = (provider: {
  requestsTo: (endpoint: 'token') => readonly { readonly body: string }[]
}): number =>
  provider.requestsTo('token').filter(({ body }) => body.includes('grant_type=refresh_token')).length

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
    expect([api.calls, refreshesAt(provider)]).toEqual([[], 0])
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

describe('an API that answers 401', () => {
  test.for<readonly [string, NonNullable<RequestInit['body']> | undefined]>([
    ['nothing', undefined],
    ['a string', 'x=1'],
    ['a form', new URLSearchParams({ x: '1' })],
    ['bytes', new TextEncoder().encode('x=1')],
    ['a blob', new Blob(['x=1'])],
  ])(
    'is called once more with a new token, and with %s as body',
    async ([, sent], { provider, api, app, browser, calling }) => {
      const { token } = await askToken(app, browser)
      calling.request = () => (sent === undefined ? {} : { method: 'POST', body: sent })
      api.answer = refusing(token)
      pass(31_000)
      const answer = await call(app, browser)
      const renewed = await askToken(app, browser)
      expect(answer).toMatchObject({ status: 200, text: `Bearer ${renewed.token}` })
      expect(api.calls.map(one => one.body)).toEqual(sent === undefined ? ['', ''] : ['x=1', 'x=1'])
      expect(refreshesAt(provider)).toBe(1)
    },
  )

  test('to a stream gets no second one; the token is new for the next', async ({
    provider,
    api,
    app,
    browser,
    calling,
  }) => {
    const { token } = await askToken(app, browser)
    calling.request = () =>
      ({ method: 'POST', body: new Blob(['x=1']).stream(), duplex: 'half' }) as ApiRequest
    api.answer = refusing(token)
    pass(31_000)
    expect(await call(app, browser)).toMatchObject({ status: 401 })
    expect([api.calls.length, refreshesAt(provider)]).toEqual([1, 1])
    expect(await call(app, browser)).toMatchObject({ status: 200 })
  })

  test('whatever token it gets makes one refresh in half a minute', async ({
    provider,
    api,
    app,
    browser,
  }) => {
    api.answer = (_call, response) => void response.writeHead(401).end('no')
    pass(31_000)
    for (const _ of [1, 2, 3]) expect(await call(app, browser)).toMatchObject({ status: 401, text: 'no' })
    expect([api.calls.length, refreshesAt(provider)]).toEqual([4, 1])
    pass(31_000)
    await call(app, browser)
    expect(refreshesAt(provider)).toBe(2)
  })

  test('is called with the token that another request has renewed meanwhile', async ({
    provider,
    api,
    app,
    browser,
  }) => {
    const { token } = await askToken(app, browser)
    pass(31_000)
    api.answer = refusing(token)
    const answers = await Promise.all(Array.from({ length: 10 }, () => call(app, browser)))
    expect(
      new Set(answers.map(({ status: answered, text: words }) => JSON.stringify([answered, words]))).size,
    ).toBe(1)
    expect(answers[0]).toMatchObject({ status: 200 })
    expect(refreshesAt(provider)).toBe(1)
  })

  test.for([
    ['does not renew it now', status(503), true],
    ['has ended the login', status(400, { error: 'invalid_grant' }), false],
  ] as const)(
    'has the last word when the provider %s',
    async ([, answer, staysSignedIn], { provider, api, app, browser }) => {
      api.answer = (_call, response) => void response.writeHead(401).end('no')
      provider.answer('token', answer)
      pass(31_000)
      expect(await call(app, browser)).toMatchObject({ status: 401, text: 'no' })
      expect(api.calls).toHaveLength(1)
      expect((await app.userOf(browser)) !== null).toBe(staysSignedIn)
    },
  )
})

describe('the UserInfo', () => {
  test('is asked for with a new token when the one before has expired or is refused', async ({
    provider,
    app,
    browser,
  }) => {
    const ask = async (): Promise<unknown> => JSON.parse((await browser.open(`${app.url}/userinfo`)).text)
    pass(LIFE + 1)
    expect(await ask()).toMatchObject({ sub: 'user-1' })
    expect(refreshesAt(provider)).toBe(1)
    const { token } = await askToken(app, browser)
    pass(31_000)
    const usual = provider.usualAnswer('userinfo')
    provider.answer('userinfo', (request, response) =>
      request.headers.authorization === `Bearer ${token}`
        ? status(401, { error: 'invalid_token' })(request, response)
        : usual(request, response),
    )
    expect(await ask()).toMatchObject({ sub: 'user-1' })
    expect(refreshesAt(provider)).toBe(2)
  })
})
