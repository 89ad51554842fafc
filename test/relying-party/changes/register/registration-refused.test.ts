import { describe, expect } from 'vitest'
import type { TestApp } from '../../../support/app.ts'
import type { Browser } from '../../../support/browser.ts'
import { hurry } from '../../../support/clock.ts'
import { expectRefusal, expectSignIn, test } from '../../../support/flow.ts'
import {
  type Answer,
  hang,
  html,
  json,
  redirectTo,
  type ScriptedProvider,
  status,
} from '../../../support/scripted-provider.ts'

const REFUSED = 'ERR_OIDC_REGISTRATION_REFUSED'
const FAILED = 'ERR_OIDC_REGISTRATION_FAILED'

/** Grants what was asked for, with changes. */
const granting =
  (changes: object): Answer =>
  ({ body }, response) => {
    const granted = { ...JSON.parse(body), client_id: 'granted', client_secret: 'secret', ...changes }
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(granted))
  }

const refusals: readonly (readonly [string, Answer, RegExp])[] = [
  [
    '400',
    status(400, { error: 'invalid_redirect_uri', error_description: 'Not over http.' }),
    /invalid_redirect_uri: Not over http\..*register a client manually/,
  ],
  ['401', status(401), /HTTP 401.*set initialAccessToken/],
  ['403', status(403, { error: 'access_denied' }), /HTTP 403.*set initialAccessToken/],
  ['404', status(404), /HTTP 404.*ynamic client registration.*register a client manually/],
  ['no client_id', granting({ client_id: undefined }), /client_id is/],
  ['an empty client_id', granting({ client_id: '' }), /client_id is/],
  ['no secret', granting({ client_secret: undefined }), /client_secret is missing/],
  ['other redirect URIs', granting({ redirect_uris: ['https://evil.example/'] }), /redirect_uris/],
  [
    'one more redirect URI',
    granting({ redirect_uris: ['https://app.example/callback', 'https://evil.example/'] }),
    /redirect_uris/,
  ],
  ['no redirect URI', granting({ redirect_uris: [] }), /redirect_uris/],
  [
    'another authentication',
    granting({ token_endpoint_auth_method: 'tls_client_auth' }),
    /token_endpoint_auth_method/,
  ],
]

/** After these it is not known whether there is a client now. */
const failures: readonly (readonly [string, string, Answer, RegExp])[] = [
  ['500', FAILED, status(500), /HTTP 500/],
  ['429', 'ERR_OIDC_RATE_LIMITED', status(429), /HTTP 429/],
  ['HTML', FAILED, html(), /without a JSON object/],
  ['an array', FAILED, json([]), /without a JSON object/],
  ['a redirect', FAILED, redirectTo('https://other.example/'), /redirect/],
]

async function expectNoRepetition(
  [code, words]: readonly [string, RegExp],
  { provider, app, browser }: { provider: ScriptedProvider; app: TestApp; browser: Browser },
): Promise<void> {
  const began = Date.now()
  const error: unknown = await app.rp.ready({ timeout: 2 }).catch(thrown => thrown)
  expect(error).toMatchObject({ code, message: expect.stringMatching(words) })
  expect(Date.now() - began).toBeGreaterThan(1_900)
  const page = await browser.open(`${app.url}/login`)
  await expectRefusal(page, [503, code], { app, browser })
  expect(page.headers.get('retry-after')).toMatch(/^\d+$/)
  expect(provider.requestsTo('register')).toHaveLength(1)
}

describe('a registration that is answered with', () => {
  test.concurrent.for(refusals)(
    '%s is refused for good, in words that help',
    async ([, answer, words], { provider, start, browser }) => {
      provider.answer('register', answer)
      provider.metadata.token_endpoint_auth_methods_supported = ['client_secret_basic']
      const app = await start({ relyingParty: { baseUrl: 'https://app.example' } })
      const began = Date.now()
      const error: unknown = await app.rp.ready({ timeout: 15 }).catch(thrown => thrown)
      expect(error).toMatchObject({ code: REFUSED, message: expect.stringMatching(words) })
      expect(Date.now() - began).toBeLessThan(5_000)
      expect(app.log.join('\n')).toMatch(words)
      await expectRefusal(await browser.open(`${app.url}/login`), [503, REFUSED], { app, browser })
      expect((await browser.open(`${app.url}/`)).text).toBe('public')
      expect(provider.requestsTo('register')).toHaveLength(1)

      provider.answer('register', undefined)
      await expectSignIn({ app: await start(), browser })
    },
  )

  test.concurrent.for(failures)(
    '%s is not repeated at once, and ready() waits its time',
    async ([, code, answer, words], { provider, start, browser }) => {
      provider.answer('register', answer)
      await expectNoRepetition([code, words], { provider, app: await start(), browser })
    },
  )

  test('nothing for five seconds is not repeated at once either', async ({ provider, start, browser }) => {
    hurry()
    provider.answer('register', hang())
    await expectNoRepetition([FAILED, /no answer within 5 s/], { provider, app: await start(), browser })
  })
})
