import { describe, expect } from 'vitest'
import {
  asProgram,
  codeOf,
  expectRefusal,
  expectSignIn,
  locationOf,
  reachCallback,
  test,
} from '../../../support/flow.ts'

const INVALID = [400, 'ERR_OIDC_CALLBACK_INVALID'] as const
const UNKNOWN = [400, 'ERR_OIDC_STATE_UNKNOWN'] as const
const MIXED_UP = [400, 'ERR_OIDC_ISSUER_MISMATCH'] as const
const LONG = 'x'.repeat(4_097)
const LONGEST = 'x'.repeat(4_096)

type Change = (query: URLSearchParams) => unknown

/** Each differs from a good callback in one thing. */
const malformed: readonly (readonly [string, readonly [number, string], Change])[] = [
  ['without state', INVALID, query => query.delete('state')],
  ['with an empty state', INVALID, query => query.set('state', '')],
  ['with state twice', INVALID, query => query.append('state', query.get('state') ?? '')],
  ['with two states', INVALID, query => query.append('state', 'another')],
  ['with a state that is too long', INVALID, query => query.set('state', LONG)],
  ['with NUL in the state', INVALID, query => query.set('state', `${query.get('state')}\0`)],
  ['with a made-up state', UNKNOWN, query => query.set('state', 'made-up')],
  ['with a made-up state of the right length', UNKNOWN, query => query.set('state', 'x'.repeat(59))],
  ['with a state that is as long as can be', UNKNOWN, query => query.set('state', LONGEST)],
  [
    'with a state whose last character differs',
    UNKNOWN,
    query => query.set('state', flipped(query.get('state'))),
  ],
  ['with a state that goes on', UNKNOWN, query => query.set('state', `${query.get('state')}x`)],
  ['without code', INVALID, query => query.delete('code')],
  ['with an empty code', INVALID, query => query.set('code', '')],
  ['with code twice', INVALID, query => query.append('code', query.get('code') ?? '')],
  ['with a code that is too long', INVALID, query => query.set('code', LONG)],
  ['with NUL in the code', INVALID, query => query.set('code', 'a\0b')],
  ['with the code as code[]', INVALID, query => rename(query, 'code', 'code[]')],
  ['without iss though it was promised', MIXED_UP, query => query.delete('iss')],
  ['with an empty iss', MIXED_UP, query => query.set('iss', '')],
  ['with the iss of another provider', MIXED_UP, query => query.set('iss', 'https://other.example')],
  ['with a slash more in iss', MIXED_UP, query => query.set('iss', `${query.get('iss')}/`)],
  ['with iss twice', INVALID, query => query.append('iss', query.get('iss') ?? '')],
  ['with an iss that is too long', INVALID, query => query.set('iss', LONG)],
  ['with an ID token', INVALID, query => query.set('id_token', 'e30.e30.')],
  ['with an access token', INVALID, query => query.set('access_token', 'a')],
  ['with a token', INVALID, query => query.set('token', 'a')],
  ['with a response as JWT', INVALID, query => query.set('response', 'e30.e30.')],
  ['with nothing at all', INVALID, query => ['code', 'state', 'iss'].map(name => query.delete(name))],
]

function flipped(text: string | null): string {
  const last = text?.at(-1) === 'A' ? 'B' : 'A'
  return `${text?.slice(0, -1)}${last}`
}

function rename(query: URLSearchParams, from: string, to: string): void {
  query.set(to, query.get(from) ?? '')
  query.delete(from)
}

describe('a callback', () => {
  test.for(malformed)('%s is refused', async ([, expected, change], { provider, app, browser }) => {
    const url = await reachCallback(browser, app)
    change(url.searchParams)
    await expectRefusal(await browser.open(url.href), expected, { app, browser })
    expect(provider.requestsTo('token')).toHaveLength(0)
    await expectSignIn({ app, browser })
  })

  test('with the state of a sign-out is refused', async ({ provider, app, browser }) => {
    await expectSignIn({ app, browser })
    const signOut = await browser.open(`${app.url}/logout`, { follow: false })
    const url = await reachCallback(browser, app)
    url.searchParams.set('state', locationOf(signOut).searchParams.get('state') ?? '')
    await expectRefusal(await browser.open(url.href), UNKNOWN, { app, browser })
    expect(provider.requestsTo('token')).toHaveLength(1)
  })

  test('without iss is taken where none was promised', async ({ provider, app, browser }) => {
    provider.metadata.authorization_response_iss_parameter_supported = undefined
    const url = await reachCallback(browser, app)
    url.searchParams.delete('iss')
    expect((await browser.open(url.href)).url).toBe(`${app.url}/private`)
  })

  test('with the iss of another provider is refused where none was promised', async ({
    provider,
    app,
    browser,
  }) => {
    provider.metadata.authorization_response_iss_parameter_supported = undefined
    const url = await reachCallback(browser, app)
    url.searchParams.set('iss', 'https://other.example')
    await expectRefusal(await browser.open(url.href), MIXED_UP, { app, browser })
    expect(provider.requestsTo('token')).toHaveLength(0)
  })

  test('with a code of somebody else is refused by the provider', async ({ provider, app, browser }) => {
    const url = await reachCallback(browser, app)
    url.searchParams.set('code', 'made-up')
    await expectRefusal(await browser.open(url.href), [400, 'ERR_OIDC_CODE_REFUSED'], { app, browser })
    expect(provider.requestsTo('token')).toHaveLength(1)
    await expectSignIn({ app, browser })
  })

  test('with parameters that nobody knows is taken', async ({ app, browser }) => {
    const url = await reachCallback(browser, app)
    for (const name of ['scope', 'session_state', 'vendor', 'vendor']) url.searchParams.append(name, 'x')
    expect((await browser.open(url.href)).url).toBe(`${app.url}/private`)
  })

  test('is answered to a program in JSON that repeats nothing of the request', async ({ app, browser }) => {
    const page = await browser.open(`${app.url}/callback?state=<b>made-up</b>&code=c`, asProgram)
    await expectRefusal(page, UNKNOWN, { app, browser })
    expect(JSON.parse(page.text)).toEqual({
      error: UNKNOWN[1],
      message: expect.any(String),
      reference: expect.stringMatching(/^\w{8}$/),
    })
    expect(page.text).not.toContain('made-up')
  })

  test.for(['HEAD', 'PUT', 'DELETE', 'POST', 'OPTIONS'])(
    'by %s is refused and does not use the code',
    async (method, { provider, app, browser }) => {
      const url = await reachCallback(browser, app)
      const cookie = await browser.jar.getCookieString(url.href)
      const response = await fetch(url, { method, headers: { cookie }, redirect: 'manual' })
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET'])
      expect(response.headers.getSetCookie()).toEqual([])
      if (method !== 'HEAD')
        expect(await response.json()).toMatchObject({ error: 'ERR_OIDC_METHOD_NOT_ALLOWED' })
      expect(provider.requestsTo('token')).toHaveLength(0)
      expect(await app.userOf(browser)).toBeNull()
      expect((await browser.open(url.href)).url).toBe(`${app.url}/private`)
    },
  )

  test.for(['prefetch', 'prefetch;prerender', 'prefetch;anonymous-client-ip'])(
    'that a browser fetches ahead (%s) does not use the code',
    async (purpose, { provider, app, browser }) => {
      const url = await reachCallback(browser, app)
      const page = await browser.open(url.href, { headers: { 'sec-purpose': purpose }, follow: false })
      expect([page.status, page.headers.get('set-cookie')]).toEqual([503, null])
      expect(provider.requestsTo('token')).toHaveLength(0)
      expect(codeOf(await browser.open(url.href))).toBeUndefined()
      expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    },
  )
})
