import { describe, expect } from 'vitest'
import { expectRefusal, expectRefusedSignIn, expectSignIn, test } from '../../support/flow.ts'
import {
  type Answer,
  drip,
  gzipBomb,
  hang,
  html,
  huge,
  json,
  redirectTo,
  reset,
  type ScriptedProvider,
  status,
  truncated,
} from '../../support/scripted-provider.ts'

const UNAVAILABLE = [503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'] as const
const CLIENT_REFUSED = [503, 'ERR_OIDC_CLIENT_REFUSED'] as const
const CODE_REFUSED = [400, 'ERR_OIDC_CODE_REFUSED'] as const
const USELESS = [502, 'ERR_OIDC_TOKEN_RESPONSE_INVALID'] as const
const MB = 2 ** 20

const challenging =
  (challenge: string, body: object): Answer =>
  (_request, response) =>
    void response
      .writeHead(401, { 'content-type': 'application/json', 'www-authenticate': challenge })
      .end(JSON.stringify(body))

const answers: readonly (readonly [string, readonly [number, string], Answer])[] = [
  ['500', UNAVAILABLE, status(500)],
  ['503 in JSON', UNAVAILABLE, status(503, { error: 'temporarily_unavailable' })],
  ['503 that blames the client', UNAVAILABLE, status(503, { error: 'invalid_client' })],
  ['HTML with 502', UNAVAILABLE, html(502)],
  ['nothing for five seconds', UNAVAILABLE, hang()],
  ['a byte now and then', UNAVAILABLE, drip()],
  ['a reset of the connection', UNAVAILABLE, reset()],
  ['half a response', UNAVAILABLE, truncated()],
  ['400 MB', UNAVAILABLE, huge(400 * MB)],
  ['a gzip bomb', UNAVAILABLE, gzipBomb()],
  ['a redirect', UNAVAILABLE, redirectTo('https://other.example/')],
  ['invalid_grant', CODE_REFUSED, status(400, { error: 'invalid_grant' })],
  ['invalid_grant with 401', CODE_REFUSED, status(401, { error: 'invalid_grant' })],
  ['invalid_request', CODE_REFUSED, status(400, { error: 'invalid_request' })],
  ['invalid_client with 400', CLIENT_REFUSED, status(400, { error: 'invalid_client' })],
  ['invalid_client with 401', CLIENT_REFUSED, status(401, { error: 'invalid_client' })],
  [
    'invalid_client and a challenge',
    CLIENT_REFUSED,
    challenging('Basic realm="x"', { error: 'invalid_client' }),
  ],
  ['a bare challenge', CLIENT_REFUSED, challenging('Basic realm="x", charset="UTF-8"', {})],
  ['unauthorized_client', CLIENT_REFUSED, status(400, { error: 'unauthorized_client' })],
  ['an error with status 200', CODE_REFUSED, json({ error: 'invalid_grant' })],
  ['ok: false with status 200', CODE_REFUSED, json({ ok: false, error: 'invalid_code' })], // providers.md, Slack
  ['a refused client with status 200', CLIENT_REFUSED, json({ error: 'invalid_client' })],
  ['trouble with status 200', UNAVAILABLE, json({ error: 'temporarily_unavailable' })],
  ['HTML', USELESS, html()],
  ['an array', USELESS, json([])],
  ['an empty object', USELESS, json({})],
]

type Change = Parameters<ScriptedProvider['tokenResponse']>[0]

const responses: readonly (readonly [string, Change])[] = [
  ['without ID token', { id_token: undefined }],
  ['with an empty ID token', { id_token: '' }],
  ['with a number as ID token', { id_token: 7 }],
  ['without access token', { access_token: undefined }],
  ['with an empty access token', { access_token: '' }],
  ['without token_type', { token_type: undefined }],
  ['with token_type mac', { token_type: 'mac' }],
  ['with token_type DPoP', { token_type: 'DPoP' }],
  ['with token_type N_A', { token_type: 'N_A' }],
  ['with a list as refresh token', { refresh_token: [] }],
  ['with a number as scope', { scope: 7 }],
  ['with a list of numbers as scope', { scope: [7] }],
  ['with null as access token', { access_token: null }],
  ['with null as ID token', { id_token: null }],
]

describe('a token endpoint that answers', () => {
  test.concurrent.for(answers)(
    '%s signs nobody in',
    async ([, expected, answer], { provider, app, browser }) => {
      provider.answer('token', answer)
      await expectRefusedSignIn(expected, { provider, app, browser }, page => {
        expect(page.headers.get('retry-after') !== null).toBe(expected[0] === 503)
        const code = new URL(page.url).searchParams.get('code') ?? ''
        const sent = provider.requestsTo('token').filter(({ body }) => body.includes(code))
        expect(sent).toHaveLength(1) // what comes after a refused client are probes, with codes that nobody issued
      })
    },
  )

  test.concurrent.for(responses)('%s signs nobody in', async ([, change], { provider, app, browser }) => {
    provider.tokenResponse = body => ({ ...body, ...change })
    await expectRefusedSignIn(USELESS, { provider, app, browser }, () =>
      expect(provider.requestsTo('userinfo')).toHaveLength(0),
    )
  })

  test.for([
    ['without scope and expires_in', { scope: undefined, expires_in: undefined }],
    ['with expires_in as a string', { expires_in: '3600' }],
    ['with token_type in capitals', { token_type: 'BEARER' }],
    ['with members that nobody knows', { vendor: { a: 1 } }],
    ['with a list as scope', { scope: ['openid'] }], // providers.md, Twitch
    ['with null for what is not there', { refresh_token: null, scope: null, expires_in: null, error: null }],
    ['with false for what is not there', { refresh_token: false }], // providers.md §1, 7
    ['with empty text for what is not there', { refresh_token: '', scope: '', expires_in: '', state: '' }],
  ] as const)('%s signs the user in', async ([, change], { provider, app, browser }) => {
    provider.tokenResponse = body => ({ ...body, ...change })
    await expectSignIn({ app, browser })
  })

  test('nothing useful is named in the log, without what it sent', async ({ provider, app, browser }) => {
    provider.answer('token', (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"access_token":"SECRET"TOKEN"}')
    })
    await expectRefusal(await browser.open(`${app.url}/private`), USELESS, { app, browser })
    expect(app.log.join('\n')).toContain('ERR_OIDC_TOKEN_RESPONSE_INVALID')
    expect(app.log.join('\n')).not.toContain('SECRET')
  })
})
