import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AttackedApp,
  asBrowser,
  attackedApp,
  finishSignIn,
  places,
} from '../support/attacks/attacked-app.ts'
import { type ScriptedProvider, scriptedProvider } from '../support/scripted-provider.ts'

let provider: ScriptedProvider

beforeAll(async () => {
  provider = await scriptedProvider()
})

afterAll(() => provider.close())

const routes = [
  '/',
  '/me',
  '/private',
  '/admin',
  '/login',
  '/callback',
  '/logout',
  '/logout/callback',
  '/backchannel-logout',
  '/frontchannel-logout',
  '/initiate-login',
]

/** What is no value of a header that parses, or one that some parser stumbles over. */
const values = [
  '',
  ' ',
  '=',
  ';',
  ';;=;',
  '=;=',
  'a',
  'a=',
  '=a',
  'a=b; a=c',
  '"',
  '"a',
  '%',
  '%zz',
  '%ff%fe',
  '%u0041',
  '{',
  '{"a":',
  '[]',
  'null',
  '\xff\xfe',
  '__proto__=x',
  'constructor=x',
  'toString=x',
  'connect.sid=s:',
  'connect.sid=s%3A.',
  'connect.sid=j:{"a":1}',
  'oidc.=',
  '__Host-oidc.x.y=z',
  'Bearer',
  'Bearer ',
  'Bearer a b',
  'Bearer .',
  'Bearer ..',
  'Bearer e30.e30.',
  'bearer \xff',
  'Basic',
  'Basic %',
  'DPoP x',
  'http://',
  'http://[',
  '//',
  'about:blank',
  'null, null',
  'a'.repeat(4_000),
  '-1',
  '1e9',
  'NaN',
  'text/html;q=x',
  '*/*;;',
  '\t',
]

const names = [
  'cookie',
  'authorization',
  'origin',
  'referer',
  'accept',
  'content-type',
  'sec-fetch-site',
  'sec-fetch-mode',
  'x-forwarded-host',
  'forwarded',
]

const queries = [
  '?',
  '?%',
  '?%zz=%zz',
  '?state',
  '?state=&code=',
  '?state=%00&code=%00',
  '?state=a&state=b',
  '?state[]=a&code[]=b',
  '?state[a][b]=c',
  '?__proto__[x]=1',
  '?iss=a&sid=%ff',
  '?returnTo=%',
  '?returnTo=%ff',
  '?returnTo=/%',
  '?returnTo=//[',
  '?error=%0d%0a',
  '?&&&==',
  `?${'a[a]'.repeat(800)}=1`,
  `?${Array.from({ length: 1_500 }, (_, index) => `a${index}=1`).join('&')}`,
]

const bodies = [
  ['application/x-www-form-urlencoded', '%'],
  ['application/x-www-form-urlencoded', '%zz=%zz&&=&a=%ff'],
  ['application/x-www-form-urlencoded', ''],
  ['application/x-www-form-urlencoded', 'logout_token[a]=1&state[]=2'],
  ['application/x-www-form-urlencoded', '\x00\xff'],
  ['application/x-www-form-urlencoded; charset=nothing', 'state=a&code=b'],
  ['application/x-www-form-urlencoded;;', 'a=b'],
  ['application/json', '{'],
  ['application/json', '{"__proto__":{"a":1}}'],
  ['multipart/form-data', '--'],
  ['multipart/form-data; boundary=x', '--x\r\n\r\n--x--'],
  ['', 'a=b'],
  ['x', ''],
] as const

describe.each([places[0], places[3]])('on %s', (...place) => {
  const [, , mount] = place
  let app: AttackedApp
  let cookie: string

  beforeAll(async () => {
    app = await attackedApp(provider.issuer, place, {
      options: {
        routes: { frontchannelLogout: '/frontchannel-logout' },
        bearer: { audience: 'https://api.test' },
      },
    })
    cookie = (await finishSignIn(app, await app.send(`${mount}/login`, { headers: asBrowser }))).cookie
  })

  afterAll(() => app.close())

  /** The sender's fault is a 4xx. 503 is the answer to a sign-in in a frame, an image or a prefetch. */
  async function expectNoFault(path: string, sent: Parameters<AttackedApp['send']>[1]): Promise<void> {
    const { status, text } = await app.send(mount + path, sent)
    expect(
      status < 500 || status === 503,
      `${path.slice(0, 80)} ${JSON.stringify(sent).slice(0, 120)}: ${status} ${text}`,
    ).toBe(true)
    expect(text).not.toMatch(/TypeError|RangeError|SyntaxError|URIError|at .*\.ts:/)
  }

  test('no header makes the app fail', async () => {
    const all = names.flatMap(name => values.map(value => [name, value] as const))
    for (const [index, [name, value]] of all.entries())
      for (const step of [0, 4, 7])
        await expectNoFault(routes[(index + step) % routes.length] ?? '', {
          headers: { ...asBrowser, [name]: value },
        })
    expect((await app.send(`${mount}/private`, { headers: { ...asBrowser, cookie } })).text).toContain(
      'private page of',
    )
  })

  test('no query makes the app fail', async () => {
    for (const query of queries)
      for (const path of routes)
        for (const headers of [asBrowser, { ...asBrowser, cookie }, { accept: 'application/json' }])
          await expectNoFault(path + query, { headers: path === '/logout' ? asBrowser : headers })
    expect((await app.send(`${mount}/private`, { headers: { ...asBrowser, cookie } })).text).toContain(
      'private page of',
    )
  })

  test('no body makes the app fail', async () => {
    for (const [type, body] of bodies)
      for (const path of routes)
        for (const headers of [{ ...asBrowser, origin: app.origin }, { accept: '*/*' }])
          await expectNoFault(path, { method: 'POST', headers: { ...headers, 'content-type': type }, body })
    expect((await app.send(`${mount}/private`, { headers: { ...asBrowser, cookie } })).text).toContain(
      'private page of',
    )
  })
})
