import { gzipSync } from 'node:zlib'
import { describe, expect } from 'vitest'
import type { RelyingPartyOptions } from '../../src/index.ts'
import { Browser } from '../support/browser.ts'
import { codeOf, expectSignIn, test } from '../support/flow.ts'
import type { Endpoint } from '../support/scripted-provider/endpoints.ts'
import { type Answer, json, type ScriptedProvider, scriptedProvider } from '../support/scripted-provider.ts'

const often = { rediscoverEvery: 0.05 }
const MB = 2 ** 20

type Issuer = (issuer: string) => unknown

/** Each looks like the issuer that the app has been given, and is another. */
const otherIssuers: readonly (readonly [string, Issuer])[] = [
  ['another scheme', issuer => issuer.replace('http:', 'https:')],
  ['another port', issuer => issuer.replace(/\d+$/, port => String(Number(port) + 1))],
  ['a fragment', issuer => `${issuer}#`],
  ['a query', issuer => `${issuer}?`],
  ['a user', issuer => issuer.replace('//', '//op@')],
  ['a letter that looks the same', issuer => issuer.replace('h', 'һ')], // the second is Cyrillic
  ['a space', issuer => `${issuer} `],
  ['a list', issuer => [issuer]],
  ['a number', () => 7],
  ['nothing', () => undefined],
]

test.for(otherIssuers)(
  'a configuration whose issuer has %s is refused, and no client registers there',
  async ([, change], { provider, start, browser }) => {
    provider.metadata.issuer = change(provider.issuer)
    const app = await start()
    await expect(app.rp.ready({ timeout: 1 })).rejects.toThrow(/issuer/)
    const page = await browser.open(`${app.url}/login`)
    expect([page.status, codeOf(page)]).toEqual([503, expect.stringMatching(/DISCOVERY|UNAVAILABLE/)])
    expect(provider.requestsTo('register')).toHaveLength(0)
    provider.metadata.issuer = provider.issuer
    await expectSignIn({ app: await start(), browser })
  },
)

/** The endpoints that the app's server asks, and what makes it ask them. */
const asked: readonly (readonly [Endpoint, RelyingPartyOptions])[] = [
  ['discovery', {}],
  ['register', {}],
  ['jwks', {}],
  ['token', {}],
  ['userinfo', {}],
  ['pushed', { pushedAuthorizationRequests: true }],
  ['revoke', { revokeOnLogout: true }],
]

const redirect =
  (status: number, location: string): Answer =>
  (_request, response) =>
    void response.writeHead(status, { location }).end()

describe.for([302, 307, 308])('a redirect with %s', status => {
  test.for(asked)(
    'of the endpoint %s is not followed',
    async ([endpoint, relyingParty], { provider, start, browser, onTestFinished }) => {
      const other = await scriptedProvider()
      onTestFinished(() => other.close())
      provider.metadata['pushed_authorization_request_endpoint'] = `${provider.issuer}/pushed`
      provider.answer(endpoint, redirect(status, `${other.issuer}/${endpoint}`))
      const app = await start({ relyingParty })
      await browser.open(`${app.url}/private`)
      if (endpoint === 'revoke') await browser.post(`${app.url}/logout`, {})
      await expect.poll(() => provider.requestsTo(endpoint).length).toBeGreaterThan(0)
      expect(other.requests).toEqual([])
      expect(await app.userOf(browser)).toBeNull()
      provider.behave()
      await expectSignIn({ app: await start({ relyingParty }), browser: new Browser() })
    },
  )
})

const encoded =
  (body: Buffer, encoding: string): Answer =>
  (_request, response) =>
    void response
      .writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding })
      .end(body)

const bomb = (): Buffer => gzipSync(Buffer.alloc(64 * MB, ' '))

describe('a configuration that is encoded', () => {
  test.for([
    ['twice', () => encoded(gzipSync(bomb()), 'gzip, gzip')],
    ['a thousand times, as it says', () => encoded(bomb(), Array(1_000).fill('gzip').join(', '))],
    ['in a way that nobody knows', () => encoded(bomb(), 'zip')],
    ['otherwise than it says', () => encoded(bomb(), 'br')],
  ] as const)('%s is refused', async ([, answer], { provider, start, browser }) => {
    const before = process.memoryUsage().rss
    provider.answer('discovery', answer())
    const app = await start()
    await expect.poll(() => app.rp.status().lastError?.code).toBe('ERR_OIDC_PROVIDER_UNAVAILABLE')
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * MB)
    provider.behave()
    await expectSignIn({ app: await start(), browser })
  })
})

const sent =
  (body: string, type = 'application/json'): Answer =>
  (_request, response) =>
    void response.writeHead(200, { 'content-type': type }).end(body)

describe('a configuration that is', () => {
  test.for([
    ['text', () => sent('"text"')],
    ['a number', () => sent('7')],
    ['cut off', ({ metadata }) => sent(JSON.stringify(metadata).slice(0, -1))],
    ['a web page', () => sent('<h1>Not JSON</h1>', 'text/html')],
    ['200,000 lists deep', () => sent('['.repeat(200_000))],
    ['200,000 lists deep and closed', () => sent('['.repeat(200_000) + ']'.repeat(200_000))],
    ['without keys at an address', ({ metadata }) => json({ ...metadata, jwks_uri: 7 })],
    [
      'with a list as token endpoint',
      ({ metadata }) => json({ ...metadata, token_endpoint: [metadata.token_endpoint] }),
    ],
  ] as const satisfies readonly (readonly [string, (provider: ScriptedProvider) => Answer])[])(
    '%s is refused',
    async ([, answer], { provider, start, browser }) => {
      provider.answer('discovery', answer(provider))
      const app = await start()
      await expect
        .poll(() => app.rp.status().lastError?.code)
        .toMatch(/^ERR_OIDC_(PROVIDER_UNAVAILABLE|DISCOVERY_INVALID)$/)
      const page = await browser.open(`${app.url}/login`)
      expect(page.status).toBe(503)
      provider.behave()
      await expectSignIn({ app: await start(), browser })
    },
  )
})

test('a configuration that names a prototype changes no object', async ({ provider, start, browser }) => {
  const text = JSON.stringify(provider.metadata)
  const members = `"__proto__":{"isAdmin":true},"constructor":{"prototype":{"isAdmin":true}}`
  provider.answer('discovery', sent(text.replace('{', `{${members},`)))
  const app = await start({ relyingParty: often })
  await expectSignIn({ app, browser })
  await expect.poll(() => provider.requestsTo('discovery').length).toBeGreaterThan(4)
  expect(Reflect.get({}, 'isAdmin')).toBeUndefined()
  await expectSignIn({ app, browser: new Browser() })
})

test('a configuration that changes its issuer while the app runs is not used', async ({
  provider,
  start,
  browser,
  onTestFinished,
}) => {
  const other = await scriptedProvider()
  onTestFinished(() => other.close())
  const app = await start({ relyingParty: often })
  await expectSignIn({ app, browser })
  provider.answer('discovery', json(other.metadata))
  await expect.poll(() => app.log.join('\n')).toContain('stays in use')
  await expectSignIn({ app, browser: new Browser() })
  expect(other.requests).toEqual([])
})
