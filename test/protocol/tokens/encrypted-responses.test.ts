import { describe, expect } from 'vitest'
import { OidcError } from '../../../src/index.ts'
import type { JsonWebKey } from '../../../src/vocabulary/oauth2-client.ts'
import type { TestApp } from '../../support/app.ts'
import { watchedStore } from '../../support/apps/replicas.ts'
import { test as base, expectRefusal, expectRefusedSignIn, expectSignIn } from '../../support/flow.ts'
import type { ScriptedProvider } from '../../support/scripted-provider.ts'
import {
  encrypt,
  encryptionKeysOf,
  encryptionLists,
  encryptResponses,
} from '../../support/tokens/encryption.ts'
import { askToken, tokenRoutes } from '../../support/tokens/token-routes.ts'

const BAD_ID_TOKEN = [400, 'ERR_OIDC_ID_TOKEN_INVALID'] as const
const BAD_USER_INFO = [400, 'ERR_OIDC_USER_INFO_INVALID'] as const

const metadata = {
  id_token_encrypted_response_alg: 'ECDH-ES',
  userinfo_encrypted_response_alg: 'ECDH-ES+A256KW',
} as const

const test = base.extend('app', async ({ provider, start }): Promise<TestApp> => {
  Object.assign(provider.metadata, encryptionLists)
  const app = await start({ relyingParty: { metadata } })
  await app.rp.ready()
  return app
})

function keyFor(provider: ScriptedProvider, algorithm: string): JsonWebKey {
  return encryptionKeysOf(provider).find(({ alg }) => alg === algorithm) ?? {}
}

/** Encrypts both, each for the key that was registered for it. */
function encryptBoth(provider: ScriptedProvider): void {
  encryptResponses(provider, {
    idToken: jwt => encrypt(jwt, { key: keyFor(provider, 'ECDH-ES') }),
    userInfo: jwt => encrypt(jwt, { key: keyFor(provider, 'ECDH-ES+A256KW'), header: { enc: 'A128GCM' } }),
  })
}

type Row = readonly [string, (jwt: string, key: JsonWebKey) => string | Promise<string>, reason: string]

const claims = '{"sub":"user-1"}'
const badIdTokens: readonly Row[] = [
  ['that is not encrypted', jwt => jwt, 'it is not encrypted, and the client is registered for ECDH-ES'],
  ['that is not a JWE', () => 'a.b.c.d.e', 'it is not a JWE'],
  ['that is not signed', (_, key) => encrypt(claims, { key }), 'what is encrypted is not a signed JWT'],
]
const badUserInfo: readonly Row[] = [
  [
    'that is not encrypted',
    jwt => jwt,
    'it is not encrypted, and the client is registered for ECDH-ES+A256KW',
  ],
  [
    'that is not signed',
    (_, key) => encrypt(claims, { key, header: { enc: 'A128GCM' } }),
    'what is encrypted is not a signed JWT',
  ],
]

describe('an app that asks for encryption', () => {
  test('registers a key for each algorithm, and the best that the provider lists beside it', async ({
    provider,
    app,
  }) => {
    const [client] = provider.clients.values()
    expect(client).toMatchObject({
      id_token_encrypted_response_alg: 'ECDH-ES',
      id_token_encrypted_response_enc: 'A256GCM',
      userinfo_encrypted_response_alg: 'ECDH-ES+A256KW',
      userinfo_encrypted_response_enc: 'A128GCM',
      userinfo_signed_response_alg: 'RS256',
    })
    const keys = encryptionKeysOf(provider)
    expect(keys.map(({ kty, alg, use }) => [kty, alg, use])).toEqual([
      ['EC', 'ECDH-ES', 'enc'],
      ['EC', 'ECDH-ES+A256KW', 'enc'],
    ])
    expect(JSON.stringify(client)).not.toMatch(/"(d|p|q|dp|dq|qi)":/)
    expect(app.log.join('\n')).not.toContain('other values')
  })

  test('signs in with an encrypted ID token and encrypted UserInfo, and signs out with the signed one', async ({
    provider,
    app,
    browser,
  }) => {
    encryptBoth(provider)
    await expectSignIn({ app, browser })
    expect(await app.userOf(browser)).toMatchObject({ name: 'Una User' })
    await browser.post(`${app.url}/logout`, {})
    const [request] = provider.requestsTo('endSession')
    const hint = new URLSearchParams(request?.query).get('id_token_hint') ?? ''
    expect(hint.split('.')).toHaveLength(3)
    expect(await provider.keyRing.audienceOf(hint)).toBe(app.rp.status().clientId)
  })

  test.for(badIdTokens)('refuses an ID token %s', async ([, idToken, reason], { provider, app, browser }) => {
    encryptResponses(provider, { idToken, userInfo: jwt => jwt })
    const page = await browser.open(`${app.url}/private`)
    await expectRefusal(page, BAD_ID_TOKEN, { app, browser })
    expect(app.log.join('\n')).toContain(reason)
    encryptBoth(provider)
    await expectSignIn({ app, browser })
  })

  test('does not send a code again whose ID token was refused', async ({ provider, app, browser }) => {
    encryptResponses(provider, { idToken: jwt => jwt })
    const page = await browser.open(`${app.url}/private`)
    await expectRefusal(page, BAD_ID_TOKEN, { app, browser })
    const sent = provider.requestsTo('token').length
    await browser.open(page.url)
    const codes = provider.requestsTo('token').map(({ body }) => new URLSearchParams(body).get('code'))
    expect(new Set(codes).size).toBe(codes.length)
    expect(sent).toBeGreaterThan(0)
  })

  test.for(badUserInfo)('refuses UserInfo %s', async ([, userInfo, reason], { provider, app, browser }) => {
    encryptBoth(provider)
    const { idToken } = provider
    encryptResponses(provider, { userInfo: jwt => userInfo(jwt, keyFor(provider, 'ECDH-ES+A256KW')) })
    provider.idToken = idToken
    const page = await browser.open(`${app.url}/private`)
    await expectRefusal(page, BAD_USER_INFO, { app, browser })
    expect(app.log.join('\n')).toContain(reason)
    encryptBoth(provider)
    await expectSignIn({ app, browser })
  })

  test('refuses UserInfo in JSON', async ({ provider, app, browser }) => {
    encryptBoth(provider)
    provider.answer('userinfo', undefined)
    await expectRefusal(await browser.open(`${app.url}/private`), BAD_USER_INFO, { app, browser })
    encryptBoth(provider)
    await expectSignIn({ app, browser })
  })
})

test('a refresh gets its tokens although the ID token cannot be opened, and the store cannot tell the newest keys', async ({
  provider,
  start,
  browser,
}) => {
  Object.assign(provider.metadata, encryptionLists)
  let isAway = false
  const watched = watchedStore((operation, key) => {
    if (isAway && operation === 'get' && key.startsWith('client:'))
      throw new OidcError('ERR_OIDC_STORE_UNAVAILABLE')
  })
  const app = await start({
    after: tokenRoutes,
    relyingParty: { metadata, store: watched.store, name: 'app', scope: 'openid offline_access' },
  })
  await app.rp.ready()
  encryptBoth(provider)
  await expectSignIn({ app, browser })
  const before = await askToken(app, browser)
  provider.idToken = async (claims, header) =>
    encrypt(await provider.sign(claims, header), { key: await stranger() })
  isAway = true
  const after = await askToken(app, browser, '?scope=openid')
  expect([before.status, after.status]).toEqual([200, 200])
  expect(after.token).toMatch(/./)
  expect(after.token).not.toBe(before.token)
})

describe('an app that asks for no encryption', () => {
  base('refuses an ID token that is encrypted for it', async ({ provider, app, browser }) => {
    await app.rp.ready()
    provider.idToken = async (claims, header) =>
      encrypt(await provider.sign(claims, header), { key: await stranger() })
    await expectRefusedSignIn(BAD_ID_TOKEN, { provider, app, browser })
    expect(app.log.join('\n')).toContain('set options.metadata.id_token_encrypted_response_alg')
  })
})

async function stranger() {
  const { generateDecryptionKey } = await import('../../../src/protocol/keys/decryption-keys.ts')
  return generateDecryptionKey('ECDH-ES')
}
