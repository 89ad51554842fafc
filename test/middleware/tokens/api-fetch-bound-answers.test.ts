import { describe, expect } from 'vitest'
import { stopClock } from '../../support/clock.ts'
import { call } from '../../support/tokens/api-flow.ts'
import { test } from '../../support/tokens/dpop-flow.ts'

stopClock()

describe('what openid-client does with an answer or a request is put back:', () => {
  test('a challenge beside any status is no error', async ({ provingApi: api, app, browser }) => {
    api.answer = response => {
      response.statusCode = 403
      response.setHeader('www-authenticate', 'DPoP error="insufficient_scope"')
    }
    expect(await call(app, browser)).toMatchObject({ status: 403, text: 'heard ' })
    api.answer = response => response.setHeader('www-authenticate', 'Negotiate abc')
    expect(await call(app, browser)).toMatchObject({ status: 200 })
  })

  test('a redirect is returned, and not followed', async ({ provingApi: api, app, browser }) => {
    api.answer = response => {
      response.statusCode = 302
      response.setHeader('location', 'https://evil.example/')
    }
    expect(await call(app, browser)).toMatchObject({ status: 302, location: 'https://evil.example/' })
    expect(api.calls).toHaveLength(1)
  })

  test('the app’s signal ends the request, with the error of fetch', async ({
    provingApi: api,
    app,
    browser,
    calling,
  }) => {
    const ended = new AbortController()
    ended.abort(new RangeError('enough'))
    calling.request = () => ({ signal: ended.signal })
    expect(await call(app, browser)).toEqual({ thrown: 'RangeError: enough' })
    expect(api.calls).toEqual([])
    calling.request = () => ({})
    expect(await call(app, browser)).toMatchObject({ status: 200 })
  })

  test('an API that is away ends in what fetch throws', async ({ provingApi: api, app, browser }) => {
    api.answer = response => void response.destroy()
    expect(await call(app, browser)).toEqual({ thrown: 'TypeError: fetch failed' })
  })
})
