import express, { type Express } from 'express'
import session from 'express-session'
import supertest from 'supertest'
import { describe, expect, onTestFinished, test } from 'vitest'
import { memoryStore, type RelyingPartyOptions, relyingParty, requireUser } from '../../src/index.ts'
import { dpopCaller, signIn, type TestProvider, testProvider } from '../../src/testing.ts'

type Profile = 'fapi2' | 'fapi2-message-signing'

const profiles = ['fapi2', 'fapi2-message-signing'] as const

interface Shop {
  readonly app: Express
  /** What the app has asked the provider, as path and status. */
  readonly asked: string[]
}

async function start(profile?: Profile): Promise<TestProvider> {
  const provider = await testProvider({ user: { sub: 'alice', name: 'Alice' }, ...(profile && { profile }) })
  onTestFinished(() => provider.close())
  return provider
}

function buildShop({ issuer }: TestProvider, options: RelyingPartyOptions): Shop {
  const asked: string[] = []
  const rp = relyingParty({
    issuer,
    baseUrl: 'http://localhost:3000',
    store: memoryStore(),
    log: false,
    async fetch(input, init) {
      const answer = await fetch(input, init)
      asked.push(`${new URL(input instanceof Request ? input.url : input).pathname} ${answer.status}`)
      return answer
    },
    ...options,
  } as RelyingPartyOptions)
  onTestFinished(() => rp.close())
  const app = express().use(session({ secret: 'test', resave: false, saveUninitialized: false }), rp)
  app.get('/me', requireUser(), (req, res) => res.json(req.user))
  return { app, asked }
}

/** The status of the answer to the callback, the error if there is one, and the user. */
async function attempt({ app }: Shop): Promise<unknown[]> {
  const agent = supertest.agent(app)
  const answer = await signIn(agent)
  const error = /reference: \w{8} \((\w+)\)/.exec(answer.text)?.[1]
  return [answer.status, error, (await agent.get('/me')).body.sub]
}

const signsIn = [303, undefined, 'alice']

describe.for(profiles)('a provider with the profile %s', profile => {
  test('signs in an app with the same profile, which sends the nonces', async () => {
    const shop = buildShop(await start(profile), { profile })
    expect(await attempt(shop)).toEqual(signsIn)
    const once = ['/.well-known/openid-configuration 200', '/reg 201', '/request 400']
    const each = ['/request 201', '/token 200', '/me 200']
    expect(shop.asked.filter(line => !line.startsWith('/jwks'))).toEqual([...once, ...each])
    shop.asked.length = 0
    expect(await attempt(shop)).toEqual(signsIn)
    expect(shop.asked).toEqual(each)
  })

  test('signs in nobody at an app that authenticates with a secret', async () => {
    const provider = await start(profile)
    const metadata = { token_endpoint_auth_method: 'client_secret_basic' } as const
    const shop = buildShop(provider, { metadata, providerTimeout: 0.3 })
    expect(await attempt(shop)).toEqual([503, expect.stringMatching(/^ERR_OIDC_/), undefined])
    expect(await attempt(buildShop(provider, { profile }))).toEqual(signsIn)
  })

  test('fails when it is asked to', async () => {
    const provider = await start(profile)
    const shop = buildShop(provider, { profile })
    expect(await attempt(shop)).toEqual(signsIn)
    provider.spoilNonce()
    expect(await attempt(shop)).toEqual([400, 'ERR_OIDC_ID_TOKEN_INVALID', undefined])
    provider.expireCode()
    expect(await attempt(shop)).toEqual([400, 'ERR_OIDC_CODE_REFUSED', undefined])
    await provider.rotateKeys()
    expect(await attempt(shop)).toEqual(signsIn)
  })

  test('issues access tokens that an API with the profile accepts', async () => {
    const provider = await start(profile)
    const audience = 'https://api.example'
    const bearer = { audience, tokensOnly: true }
    const { app } = buildShop(provider, { profile, bearer } as unknown as RelyingPartyOptions)
    const caller = await dpopCaller()
    const accessToken = await provider.issueAccessToken({ audience, jkt: caller.jkt })
    const url = 'http://localhost:3000/me'
    const call = async (nonce?: string) =>
      supertest(app)
        .get('/me')
        .set(await caller.headers({ url, accessToken, ...(nonce && { nonce }) }))
    const first = await call()
    expect([first.status, first.body.error]).toEqual([401, 'ERR_OIDC_DPOP_NONCE_REQUIRED'])
    const second = await call(first.headers['dpop-nonce'])
    expect([second.status, second.body.sub]).toEqual([200, 'alice'])
    const plain = await provider.issueAccessToken({ audience })
    expect((await supertest(app).get('/me').auth(plain, { type: 'bearer' })).status).toBe(401)
  })
})

test('a provider without signed messages is refused by an app that wants them', async () => {
  const provider = await start('fapi2')
  const { app } = buildShop(provider, { profile: 'fapi2-message-signing', providerTimeout: 0.3 })
  const answer = await signIn(supertest.agent(app))
  expect([answer.status, /ERR_OIDC_\w+/.exec(answer.text)?.[0]]).toEqual([503, 'ERR_OIDC_DISCOVERY_INVALID'])
  expect(await attempt(buildShop(provider, { profile: 'fapi2' }))).toEqual(signsIn)
})

test('a provider without a profile is refused by an app that has one', async () => {
  const provider = await start()
  const { app } = buildShop(provider, { profile: 'fapi2', providerTimeout: 0.3 })
  const answer = await signIn(supertest.agent(app))
  expect([answer.status, /ERR_OIDC_\w+/.exec(answer.text)?.[0]]).toEqual([503, 'ERR_OIDC_DISCOVERY_INVALID'])
  expect(await attempt(buildShop(provider, {}))).toEqual(signsIn)
})

test('a profile that does not exist is refused by name', async () => {
  await expect(testProvider({ profile: 'fapi1' as Profile })).rejects.toMatchObject({
    code: 'ERR_OIDC_INVALID_OPTION',
    message: expect.stringContaining('profile must be fapi2 or fapi2-message-signing'),
  })
})
