import { describe, expect } from 'vitest'
import type { ApiRequest } from '../../../src/middleware/tokens/api-fetch.ts'
import { pass, setClock, stopClock } from '../../support/clock.ts'
import { status } from '../../support/scripted-provider.ts'
import { call, refusing, test } from '../../support/tokens/api-flow.ts'
import { LIFE, refreshesAt } from '../../support/tokens/token-flow.ts'
import { askToken } from '../../support/tokens/token-routes.ts'

stopClock()

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
      expect(refreshesAt(provider)).toHaveLength(1)
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
    expect([api.calls.length, refreshesAt(provider).length]).toEqual([1, 1])
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
    expect([api.calls.length, refreshesAt(provider).length]).toEqual([4, 1])
    pass(31_000)
    await call(app, browser)
    expect(refreshesAt(provider)).toHaveLength(2)
  })

  test('is called with a new token half a minute after the clock was set back', async ({
    provider,
    api,
    app,
    browser,
  }) => {
    const { token } = await askToken(app, browser)
    api.answer = refusing(token)
    setClock(-240_000)
    expect(await call(app, browser)).toMatchObject({ status: 401 })
    expect(refreshesAt(provider)).toHaveLength(0)
    pass(31_000)
    expect(await call(app, browser)).toMatchObject({ status: 200 })
    expect(refreshesAt(provider)).toHaveLength(1)
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
    expect(refreshesAt(provider)).toHaveLength(1)
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
    expect(refreshesAt(provider)).toHaveLength(1)
    const { token } = await askToken(app, browser)
    pass(31_000)
    const usual = provider.usualAnswer('userinfo')
    provider.answer('userinfo', (request, response) =>
      request.headers.authorization === `Bearer ${token}`
        ? status(401, { error: 'invalid_token' })(request, response)
        : usual(request, response),
    )
    expect(await ask()).toMatchObject({ sub: 'user-1' })
    expect(refreshesAt(provider)).toHaveLength(2)
  })
})
