import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect } from 'vitest'
import { setups, startIn } from '../support/attacks/setups.ts'
import { expectRefusal, expectSignIn, reachCallback, test } from '../support/flow.ts'

const INVALID = [400, 'ERR_OIDC_CALLBACK_INVALID'] as const
const UNKNOWN = [400, 'ERR_OIDC_STATE_UNKNOWN'] as const

/** What may stand in an address, or not, without a browser's or a URL's help: the status and the code of the answer. */
function answerTo(url: string, path: string, cookie: string): Promise<readonly [number, unknown]> {
  const { hostname, port } = new URL(url)
  const headers = { cookie, accept: 'application/json' }
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers, agent: false }, response => {
      const code = (body: string): unknown => (body.startsWith('{') ? JSON.parse(body).error : undefined)
      text(response).then(body => resolve([response.statusCode ?? 0, code(body)]), reject)
    })
      .on('error', reject)
      .end()
  })
}

type Refusal = readonly [status: number, code: string]
type Change = (query: string) => string

const queries: readonly (readonly [string, Refusal, Change])[] = [
  ['with the code as an object', INVALID, query => query.replace('code=', 'code[x]=')],
  ['with the code as a list', INVALID, query => query.replace('code=', 'code[]=')],
  ['with an empty code in front of the good one', INVALID, query => `code=&${query}`],
  ['with the code under another case', INVALID, query => query.replace('code=', 'Code=')],
  ['with session_state twice', INVALID, query => `${query}&session_state=a&session_state=b`],
  ['with error twice', INVALID, query => `${query}&error=a&error=b`],
  ['with NUL in the error', INVALID, query => `${query}&error=%00`],
  ['with a state of 20 KB', INVALID, () => `code=a&state=${'s'.repeat(12_000)}`],
  ['with percent signs that encode nothing', UNKNOWN, () => 'code=%&state=%zz%'],
  ['with bytes that are no UTF-8', UNKNOWN, () => 'code=%ff%fe&state=%c3%28'],
  ['with a line end in the state', UNKNOWN, query => query.replace('state=', 'state=%0d%0a')],
  ['with a prototype as parameter', INVALID, () => '__proto__[code]=a&constructor[prototype][state]=b'],
  ['with five thousand parameters', INVALID, () => 'a&'.repeat(5_000)],
  ['with a semicolon between parameters', INVALID, query => query.replaceAll('&', ';')],
  ['with a fragment', INVALID, query => `#${query}`],
]

const scripts: readonly (readonly [string, string])[] = [
  ['a script', '<script>alert(1)</script>'],
  ['a script that ends an attribute', '"><svg onload=alert(1)>'],
  ['a script in an address', 'javascript:alert(1)//'],
  ['a header', 'x\r\nSet-Cookie: evil=1\r\n\r\n<b>'],
  ['lines of a log', 'x\nFAKE sign-in of admin\u2028FAKE\u001b[2J'],
]

describe.for(setups.slice(1, 3))('on %s, a callback', (...[place]) => {
  test.for(queries)('%s is refused', async ([, expected, change], { provider, start, browser }) => {
    const app = await startIn(place, start)
    const callback = await reachCallback(browser, app)
    const cookie = await browser.jar.getCookieString(callback.href)
    const query = change(callback.search.slice(1))
    expect(await answerTo(app.url, `${callback.pathname}?${query}`, cookie)).toEqual(expected)
    expect(provider.requestsTo('token')).toHaveLength(0)
    expect(await app.userOf(browser)).toBeNull()
    expect((await browser.open(callback.href)).url).toBe(`${app.url}/private`)
  })

  test.for(scripts)('whose error is %s is answered without it', async ([, words], { start, browser }) => {
    const app = await startIn(place, start)
    const callback = await reachCallback(browser, app)
    callback.searchParams.delete('code')
    for (const name of ['error', 'error_description', 'error_uri']) callback.searchParams.set(name, words)
    const page = await browser.open(callback.href)
    await expectRefusal(page, [400, 'ERR_OIDC_AUTHORIZATION_FAILED'], { app, browser })
    expect(page.text).not.toMatch(/alert|evil|FAKE|javascript/)
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(page.headers.getSetCookie().join()).not.toContain('evil')
    const said = app.log.filter(line => line.includes('AUTHORIZATION_FAILED'))
    expect(said).toHaveLength(1)
    for (const line of said.join().split('\n    at ')[0] ?? '') expect(line).not.toMatch(/\p{Cc}|\u2028/u)
    await expectSignIn({ app, browser })
  })

  test('with an error and no sign-in leaves the user who is there', async ({ start, browser }) => {
    const app = await startIn(place, start)
    await expectSignIn({ app, browser })
    for (const state of ['', '&state=', '&state=made-up', '&state=a&state=b']) {
      const page = await browser.open(`${app.url}/callback?error=access_denied${state}`)
      expect(page.status).toBe(400)
      expect((await browser.open(`${app.url}/private`, { follow: false })).status).toBe(200)
    }
  })
})
