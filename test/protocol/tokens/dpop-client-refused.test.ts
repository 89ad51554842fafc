import { describe, expect } from 'vitest'
import { pass, stopClock } from '../../support/clock.ts'
import { expectSignIn } from '../../support/flow.ts'
import { json, type ScriptedProvider, status } from '../../support/scripted-provider.ts'
import { proofsAt, test } from '../../support/tokens/dpop-flow.ts'
import { LIFE, refreshesAt } from '../../support/tokens/token-flow.ts'
import { askToken } from '../../support/tokens/token-routes.ts'

stopClock()

/** Refuses one request after the other for want of a nonce. */
const wantsNonce: Parameters<ScriptedProvider['answer']>[1] = (_request, response) =>
  void response
    .writeHead(401, {
      'content-type': 'application/json',
      'dpop-nonce': crypto.randomUUID(),
      'www-authenticate': 'DPoP error="use_dpop_nonce"',
    })
    .end(JSON.stringify({ error: 'use_dpop_nonce' }))

/** Which of the app's registrations the provider was asked for. */
const registrationsAt = (provider: ScriptedProvider): number => provider.requestsTo('register').length

describe('a provider that wants another nonce each time', () => {
  test('refuses a sign-in for now, and not the client', async ({ provider, startBound, browser }) => {
    const app = await startBound()
    await app.rp.ready()
    provider.answer('token', wantsNonce)
    const page = await browser.open(`${app.url}/private`)
    expect([page.status, page.headers.get('retry-after') !== null]).toEqual([503, true])
    expect(page.text).toContain('ERR_OIDC_PROVIDER_UNAVAILABLE')
    expect(await app.userOf(browser)).toBeNull()
    expect(provider.requestsTo('token')).toHaveLength(2) // no probe: the client is not doubted
    expect(registrationsAt(provider)).toBe(1)
    provider.answer('token', undefined)
    await expectSignIn({ app, browser })
  })

  test('at the endpoint for pushed requests refuses a sign-in for now, too', async ({
    provider,
    startBound,
    browser,
  }) => {
    provider.metadata['pushed_authorization_request_endpoint'] = `${provider.issuer}/pushed`
    const app = await startBound({ pushedAuthorizationRequests: true })
    await app.rp.ready()
    provider.answer('pushed', wantsNonce)
    const page = await browser.open(`${app.url}/private`)
    expect([page.status, page.headers.get('retry-after') !== null]).toEqual([503, true])
    expect(page.text).toContain('ERR_OIDC_PROVIDER_UNAVAILABLE')
    expect([provider.requestsTo('pushed').length, provider.requestsTo('token').length]).toEqual([2, 0])
    expect(registrationsAt(provider)).toBe(1)
    provider.answer('pushed', undefined)
    await expectSignIn({ app, browser })
    expect(proofsAt(provider, 'pushed').at(-1)?.claims).toMatchObject({ htu: `${provider.issuer}/pushed` })
  })

  test('at a refresh ends no login', async ({ provider, app, browser }) => {
    provider.answer('token', wantsNonce)
    pass(LIFE + 1)
    expect(await askToken(app, browser)).toEqual({ status: 503, error: 'ERR_OIDC_PROVIDER_UNAVAILABLE' })
    expect(refreshesAt(provider)).toHaveLength(2)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    provider.answer('token', undefined)
    pass(6_000)
    expect((await askToken(app, browser)).status).toBe(200)
    expect(registrationsAt(provider)).toBe(1)
  })

  test('gets the nonce that it has just sent', async ({ provider, startBound, browser }) => {
    const app = await startBound()
    await app.rp.ready()
    let isFirst = true
    provider.answer('token', async (request, response) => {
      const answer = isFirst ? wantsNonce : provider.usualAnswer('token')
      isFirst = false
      await answer?.(request, response)
    })
    await expectSignIn({ app, browser })
    const [first, second] = proofsAt(provider, 'token')
    expect([first?.claims['nonce'], typeof second?.claims['nonce']]).toEqual([undefined, 'string'])
    expect(first?.claims['jti']).not.toBe(second?.claims['jti'])
  })

  test('at UserInfo does not make the token worthless', async ({ provider, startBound, browser }) => {
    const app = await startBound()
    provider.answer('userinfo', wantsNonce)
    const page = await browser.open(`${app.url}/private`)
    expect(page.text).toContain('ERR_OIDC_USER_INFO_UNAVAILABLE')
    expect(await app.userOf(browser)).toBeNull()
    expect([provider.requestsTo('userinfo').length, refreshesAt(provider).length]).toEqual([2, 0])
    provider.answer('userinfo', undefined)
    await expectSignIn({ app, browser })
  })
})

test('a proof that the provider refuses is not a refused client', async ({
  provider,
  startBound,
  browser,
}) => {
  const app = await startBound()
  await app.rp.ready()
  provider.answer('token', status(401, { error: 'invalid_dpop_proof' }))
  const page = await browser.open(`${app.url}/private`)
  expect(page.text).toContain('ERR_OIDC_CODE_REFUSED')
  expect(await app.userOf(browser)).toBeNull()
  expect([provider.requestsTo('token').length, registrationsAt(provider)]).toEqual([1, 1])
  provider.answer('token', undefined)
  await expectSignIn({ app, browser })
})

test('a proof that is refused while the clocks differ is blamed on the clocks', async ({
  provider,
  startBound,
  browser,
}) => {
  const app = await startBound()
  await app.rp.ready()
  provider.answer('token', (_request, response) => {
    const headers = { 'content-type': 'application/json', date: new Date(Date.now() - 600_000).toUTCString() }
    response.writeHead(400, headers).end(JSON.stringify({ error: 'invalid_dpop_proof' }))
  })
  const page = await browser.open(`${app.url}/private`)
  expect([page.status, page.text]).toEqual([503, expect.stringContaining('ERR_OIDC_CLOCKS_DIFFER')])
  expect(await app.userOf(browser)).toBeNull()
  provider.answer('token', undefined)
  await expectSignIn({ app, browser })
})

test('the challenge of the scheme DPoP at UserInfo is read', async ({ provider, startBound, browser }) => {
  const app = await startBound()
  provider.answer(
    'userinfo',
    (_request, response) =>
      void response
        .writeHead(401, { 'www-authenticate': 'Bearer realm="x", DPoP error="invalid_token", algs="ES256"' })
        .end(),
  )
  const page = await browser.open(`${app.url}/private`)
  expect(page.text).toContain('ERR_OIDC_ACCESS_TOKEN_REFUSED')
  expect(app.log.join()).toContain('HTTP 401, invalid_token')
  provider.answer('userinfo', json({ sub: 'user-1' }))
  await expectSignIn({ app, browser })
})
