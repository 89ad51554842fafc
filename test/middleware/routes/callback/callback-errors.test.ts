import { describe, expect } from 'vitest'
import { codeOf, expectRefusal, expectSignIn, reachCallback, test } from '../../../support/flow.ts'
import type { ScriptedProvider } from '../../../support/scripted-provider.ts'

const DENIED = [403, 'ERR_OIDC_ACCESS_DENIED'] as const
const FAILED = [400, 'ERR_OIDC_AUTHORIZATION_FAILED'] as const
const SCRIPT = '<script>alert(1)</script>'

/** Lets the provider end sign-ins with an error, every one or the first ones only. */
function endWith(provider: ScriptedProvider, error: string, { times = Number.POSITIVE_INFINITY } = {}): void {
  let left = times
  provider.answer('authorize', (request, response) => {
    left -= 1
    if (left < 0) return provider.usualAnswer('authorize')(request, response)
    const url = new URL(request.query.get('redirect_uri') ?? '')
    const state = request.query.get('state') ?? ''
    const answer = {
      error,
      error_description: SCRIPT,
      error_uri: 'javascript:alert(1)',
      state,
      iss: provider.issuer,
    }
    url.search = new URLSearchParams(answer).toString()
    response.writeHead(303, { location: url.href }).end()
  })
}

describe('an error of the provider', () => {
  test.for([
    ['access_denied', 'access_denied', DENIED],
    ['login_required', 'login_required', FAILED],
    ['invalid_scope', 'invalid_scope', FAILED],
    ['server_error', 'server_error', FAILED],
    ['temporarily_unavailable', 'temporarily_unavailable', FAILED],
    ['empty', '', [400, 'ERR_OIDC_CALLBACK_INVALID']],
    ['a script', SCRIPT, FAILED],
    ['very long', 'x'.repeat(4_096), FAILED],
    ['a header', '\u202e\u0007\r\nSet-Cookie: a=b', FAILED],
  ] as const)(
    'that is %s ends the sign-in on a page that repeats nothing of it',
    async ([, error, expected], { provider, app, browser }) => {
      endWith(provider, error)
      const page = await browser.open(`${app.url}/private`)
      await expectRefusal(page, expected, { app, browser })
      expect(page.text).not.toContain('alert(1)')
      expect(page.text).not.toContain('x'.repeat(70))
      expect(page.headers.get('content-type')).toContain('text/html')
      expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(provider.requestsTo('token')).toHaveLength(0)

      provider.answer('authorize', undefined)
      await expectSignIn({ app, browser })
    },
  )

  test('wins over a code that comes with it', async ({ provider, app, browser }) => {
    const url = await reachCallback(browser, app)
    url.searchParams.set('error', 'access_denied')
    await expectRefusal(await browser.open(url.href), DENIED, { app, browser })
    expect(provider.requestsTo('token')).toHaveLength(0)
  })

  test('of another provider is not looked at', async ({ app, browser }) => {
    const url = await reachCallback(browser, app)
    url.searchParams.set('error', 'access_denied')
    url.searchParams.set('iss', 'https://other.example')
    await expectRefusal(await browser.open(url.href), [400, 'ERR_OIDC_ISSUER_MISMATCH'], { app, browser })
  })

  test.for([
    ['state=made-up', 'ERR_OIDC_STATE_UNKNOWN'],
    ['state=', 'ERR_OIDC_CALLBACK_INVALID'],
    ['', 'ERR_OIDC_CALLBACK_INVALID'],
  ])('without a sign-in (%j) leaves the login that is there', async ([query, code], { app, browser }) => {
    await expectSignIn({ app, browser })
    const page = await browser.open(`${app.url}/callback?error=access_denied&${query}`)
    expect([page.status, codeOf(page)]).toEqual([400, code])
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })

  test('of a second sign-in leaves the login that is there', async ({ provider, app, browser }) => {
    await expectSignIn({ app, browser })
    endWith(provider, 'access_denied')
    const page = await browser.open(`${app.url}/login`)
    expect([page.status, codeOf(page)]).toEqual(DENIED)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })
})

describe('request_forbidden', () => {
  test('starts the sign-in again and returns to its own page', async ({ provider, app, browser }) => {
    endWith(provider, 'request_forbidden', { times: 1 })
    const page = await browser.open(`${app.url}/private?tab=3`)
    expect([page.status, page.url]).toEqual([200, `${app.url}/private?tab=3`])
    expect(provider.requestsTo('authorize')).toHaveLength(2)
  })

  test('ends the sign-in the second time', async ({ provider, app, browser }) => {
    endWith(provider, 'request_forbidden')
    const page = await browser.open(`${app.url}/private`)
    await expectRefusal(page, FAILED, { app, browser })
    expect(provider.requestsTo('authorize')).toHaveLength(2)

    provider.answer('authorize', undefined)
    await expectSignIn({ app, browser })
  })
})
