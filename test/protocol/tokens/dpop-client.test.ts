import { describe, expect, vi } from 'vitest'
import { pass, stopClock } from '../../support/clock.ts'
import { expectRefusedSignIn, expectSignIn } from '../../support/flow.ts'
import { addClient } from '../../support/providers/by-hand.ts'
import { json, type ScriptedProvider, status } from '../../support/scripted-provider.ts'
import { bindTokens, proofsAt, test } from '../../support/tokens/dpop-flow.ts'
import { LIFE, refreshesAt } from '../../support/tokens/token-flow.ts'
import { askToken } from '../../support/tokens/token-routes.ts'

stopClock()

const USELESS = [502, 'ERR_OIDC_TOKEN_RESPONSE_INVALID'] as const

/** Which of the app's registrations the provider was asked for. */
const registrationsAt = (provider: ScriptedProvider): number => provider.requestsTo('register').length

/** Lets the provider register clients with this member, whatever they ask for. */
function registerAs(provider: ScriptedProvider, dpop_bound_access_tokens: boolean): void {
  provider.answer('register', async (request, response) => {
    const body = JSON.stringify({ ...JSON.parse(request.body), dpop_bound_access_tokens })
    await provider.usualAnswer('register')({ ...request, body }, response)
  })
}

describe('proofs', () => {
  test('say what each request is for, and are all made with one key', async ({ provider, app }) => {
    expect(app.rp.status()).toMatchObject({ state: 'ready' })
    const [token] = proofsAt(provider, 'token')
    const [userInfo] = proofsAt(provider, 'userinfo')
    expect(token).toMatchObject({
      header: { typ: 'dpop+jwt', alg: 'ES256', jwk: { kty: 'EC', crv: 'P-256' } },
      claims: { htm: 'POST', htu: `${provider.issuer}/token` },
    })
    expect(token?.claims['ath']).toBeUndefined()
    expect(userInfo).toMatchObject({ claims: { htm: 'GET', htu: `${provider.issuer}/userinfo` } })
    expect(userInfo?.claims['ath']).toMatch(/^[\w-]{43}$/)
    expect(userInfo?.header['jwk']).toEqual(token?.header['jwk'])
    expect(Object.keys(Object(token?.header['jwk']))).not.toContain('d')
  })

  test('are also sent with the question whether the provider still knows the client', async ({
    provider,
    app,
    startBound,
  }) => {
    expect(provider.requestsTo('token')).toHaveLength(1)
    pass(1_000)
    const again = await startBound({ baseUrl: app.url })
    await again.rp.ready()
    await vi.waitFor(() => expect(provider.requestsTo('token')).toHaveLength(2))
    expect(proofsAt(provider, 'token').at(-1)?.claims).toMatchObject({ htm: 'POST' })
  })

  test('are not made for an app that did not ask for bound tokens', async ({ provider, start, browser }) => {
    bindTokens(provider)
    provider.behave()
    const app = await start()
    await expectSignIn({ app, browser })
    expect([...proofsAt(provider, 'token'), ...proofsAt(provider, 'userinfo')]).toEqual([
      undefined,
      undefined,
    ])
  })
})

describe('a token of another type', () => {
  test('than the bound one that was asked for signs nobody in', async ({ provider, startBound, browser }) => {
    const app = await startBound()
    await app.rp.ready()
    provider.behave()
    const page = await browser.open(`${app.url}/private`)
    expect(page.status).toBe(502)
    expect(page.text).toContain('ERR_OIDC_TOKEN_RESPONSE_INVALID')
    expect(app.log.join()).toContain('token_type is "bearer" instead of "DPoP"')
    expect(await app.userOf(browser)).toBeNull()
    expect(provider.requestsTo('userinfo')).toHaveLength(0)
    bindTokens(provider)
    await expectSignIn({ app, browser })
  })

  test('than the bearer token that was asked for signs nobody in', async ({ provider, start, browser }) => {
    const app = await start()
    provider.tokenResponse = body => ({ ...body, token_type: 'DPoP' })
    await expectRefusedSignIn(USELESS, { provider, app, browser })
  })

  test.for([
    ['a bearer token', 'Bearer', 'token_type is "bearer" instead of "DPoP"'],
    ['one of an unknown type', 'mac', 'token_type is "mac" instead of "DPoP"'],
  ] as const)('is not taken at the refresh: %s', async ([, type, said], { provider, app, browser }) => {
    provider.answer('token', json({ access_token: 'other', token_type: type }))
    pass(LIFE + 1)
    expect(await askToken(app, browser)).toEqual({ status: USELESS[0], error: USELESS[1] })
    expect(refreshesAt(provider)).toHaveLength(1)
    expect(app.log.join()).toContain(said)
    provider.answer('token', undefined)
    pass(6_000)
    expect(await askToken(app, browser)).toMatchObject({ status: 200 })
  })
})

describe('a provider that does not bind tokens', () => {
  test.for([
    ['lists no algorithms for proofs', undefined, 'dpop_signing_alg_values_supported is missing'],
    ['lists none that is supported', ['HS256'], 'dpop_signing_alg_values_supported contains none of RS256'],
  ] as const)('is refused: it %s', async ([, listed, said], { provider, startBound, browser }) => {
    Object.assign(provider.metadata, { dpop_signing_alg_values_supported: listed })
    const app = await startBound({ providerTimeout: 0.2 })
    await expect(app.rp.ready()).rejects.toMatchObject({
      code: 'ERR_OIDC_DISCOVERY_INVALID',
      message: expect.stringContaining(said),
    })
    expect((await browser.open(`${app.url}/private`)).status).toBe(503)
    expect(await app.userOf(browser)).toBeNull()
    expect(registrationsAt(provider)).toBe(0)
  })

  test('is refused when it registers the client otherwise', async ({ provider, startBound }) => {
    registerAs(provider, false)
    const app = await startBound()
    await expect(app.rp.ready()).rejects.toMatchObject({
      code: 'ERR_OIDC_REGISTRATION_REFUSED',
      message: expect.stringContaining('dpop_bound_access_tokens is false instead of true'),
    })
  })
})

test('a client that was made by hand is bound by what it was registered with', async ({
  provider,
  startBound,
  browser,
}) => {
  const client = { clientId: 'by-hand', clientSecret: 'a secret of the client' }
  const app = await startBound({ client } as object)
  addClient(provider, app.url, {
    client_id: 'by-hand',
    client_secret: client.clientSecret,
    method: 'client_secret_basic',
  })
  await expectSignIn({ app, browser })
  expect(proofsAt(provider, 'token').at(-1)?.claims).toMatchObject({ htu: `${provider.issuer}/token` })
  expect(registrationsAt(provider)).toBe(0)
})

test('a client that the provider binds without being asked is bound', async ({
  provider,
  start,
  browser,
}) => {
  bindTokens(provider)
  registerAs(provider, true)
  await expectSignIn({ app: await start(), browser })
  expect(proofsAt(provider, 'token').at(-1)?.claims).toMatchObject({ htu: `${provider.issuer}/token` })
})

test('a client whose registration cannot be changed is bound all the same', async ({
  provider,
  startBound,
  browser,
}) => {
  registerAs(provider, false)
  const before = await startBound({ metadata: {} })
  await before.rp.ready()
  await before.close()
  provider.answer('client', status(403, { error: 'access_denied' }))
  const app = await startBound({}, Number(new URL(before.url).port))
  await expectSignIn({ app, browser })
  expect(app.log.join()).toContain('access_denied')
  expect(proofsAt(provider, 'token').at(-1)?.claims).toMatchObject({ htu: `${provider.issuer}/token` })
})
