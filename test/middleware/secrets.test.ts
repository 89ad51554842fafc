import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { describe, expect } from 'vitest'
import type { OidcError } from '../../src/index.ts'
import type { TestApp } from '../support/app.ts'
import { codeOf, expectSignIn, reachCallback, test } from '../support/flow.ts'
import { json, type ScriptedProvider, status } from '../support/scripted-provider.ts'
import { privateKeysIn, secretsOf } from '../support/secrets.ts'

const events = [
  'provider.discovered',
  'client.registered',
  'login.started',
  'login.completed',
  'request.failed',
  'logout.completed',
]

/** All that the library shows of itself. */
const shownBy = ({ rp, log }: TestApp): string =>
  [
    ...log,
    inspect(rp, { depth: 9, showHidden: true }),
    JSON.stringify(rp.status()),
    inspect(rp.status(), { depth: 9 }),
  ].join('\n')

describe('no secret is shown', () => {
  test('by a relying party at work, its log and its events', async ({
    provider,
    start,
    directory,
    browser,
    onTestFinished,
  }) => {
    const app = await start({ directory })
    const seen: string[] = []
    const see = (message: unknown): unknown => seen.push(inspect(message, { depth: 9, showHidden: true }))
    for (const name of events) subscribe(`express-oidc-rp:${name}`, see)
    onTestFinished(() => events.forEach(name => void unsubscribe(`express-oidc-rp:${name}`, see)))
    provider.tokenResponse = body => {
      tokens.push(String(body.access_token), String(body.id_token))
      return body
    }
    const tokens: string[] = []
    await expectSignIn({ app, browser })
    await browser.open(`${app.url}/callback?state=made-up&code=made-up`)
    await browser.open(`${app.url}/logout`)
    const secrets = [...secretsOf(provider), ...tokens, ...(await privateKeysIn(directory))]
    expect(secrets.length).toBeGreaterThanOrEqual(8)
    expect(seen.length).toBeGreaterThanOrEqual(events.length)
    const shown = [shownBy(app), ...seen].join('\n')
    for (const secret of secrets) expect(shown).not.toContain(secret)
  })

  const failures: readonly (readonly [string, (provider: ScriptedProvider) => void])[] = [
    [
      'a refused code',
      provider =>
        provider.answer('token', (request, response) => {
          const echo = ['code', 'code_verifier', 'client_assertion'].map(name =>
            new URLSearchParams(request.body).get(name),
          )
          const error_description = `${echo.join(' ')} jane@SECRET.example eyJhbGciOiJub25lIn0.SECRET.`
          void status(400, { error: 'invalid_grant', error_description })(request, response)
        }),
    ],
    [
      'a token response that is no JSON',
      provider =>
        provider.answer(
          'token',
          (_request, response) =>
            void response.writeHead(200, { 'content-type': 'application/json' }).end('SECRET'),
        ),
    ],
    [
      'a token response without token_type',
      provider => provider.answer('token', json({ access_token: 'SECRET', id_token: 'SECRET' })),
    ],
    [
      'an ID token that is no token',
      provider => {
        provider.idToken = () => 'SECRET'
      },
    ],
    [
      'an ID token with a wrong nonce',
      provider => {
        provider.idToken = (claims, header) => ({
          claims: { ...claims, nonce: 'SECRET', email: 'SECRET' },
          header,
        })
      },
    ],
    [
      'an ID token of another key',
      provider => {
        provider.idToken = (claims, header) => ({
          claims: { ...claims, email: 'SECRET' },
          header: { ...header, kid: 'x' },
        })
      },
    ],
    [
      'a challenge',
      provider =>
        provider.answer(
          'token',
          (_request, response) =>
            void response
              .writeHead(401, {
                'content-type': 'application/json',
                'www-authenticate': 'Basic realm="SECRET"',
              })
              .end('{"error":"invalid_client"}'),
        ),
    ],
    ['a UserInfo of somebody else', provider => provider.answer('userinfo', json({ sub: 'SECRET' }))],
    [
      'a UserInfo that is no JSON',
      provider =>
        provider.answer(
          'userinfo',
          (_request, response) =>
            void response.writeHead(200, { 'content-type': 'application/json' }).end('SECRET'),
        ),
    ],
  ]

  test.for(failures)('by the error of %s', async ([, fail], { provider, start, browser }) => {
    const errors: OidcError[] = []
    const app = await start({
      relyingParty: { onError: (error, _req, _res, next) => next(errors.push(error) && error) },
    })
    fail(provider)
    const callback = await reachCallback(browser, app)
    const page = await browser.open(callback.href)
    expect([page.status >= 400, codeOf(page), errors.length]).toEqual([true, undefined, 1])
    const shown = `${inspect(errors, { depth: 12, showHidden: true })}\n${JSON.stringify(errors)}\n${shownBy(app)}`
    for (const secret of ['SECRET', ...secretsOf(provider)]) expect(shown).not.toContain(secret)
  })

  test.for([
    ['refused', status(400, { error: 'invalid_client_metadata' })],
    ['unusable', json({ client_id: '', client_secret: 'SECRET', registration_access_token: 'SECRET' })],
  ] as const)('by the error of a registration that is %s', async ([, answer], { provider, start }) => {
    provider.answer('register', answer)
    const app = await start({ relyingParty: { initialAccessToken: 'SECRET' } })
    const error: unknown = await app.rp.ready().catch(thrown => thrown)
    expect(error).toMatchObject({ code: 'ERR_OIDC_REGISTRATION_REFUSED' })
    expect(inspect(error, { depth: 12, showHidden: true }) + shownBy(app)).not.toContain('SECRET')
  })
})
