import { describe, expect } from 'vitest'
import type { JsonWebKey } from '../../../../src/vocabulary/oauth2-client.ts'
import type { TestApp } from '../../../support/app.ts'
import { startReplicas, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { stopClock, until } from '../../../support/clock.ts'
import { test as base, expectRefusal, expectSignIn } from '../../../support/flow.ts'
import { changeAnswers, substitute } from '../../../support/providers/changed-answers.ts'
import { status } from '../../../support/scripted-provider.ts'
import {
  encrypt,
  encryptionKeysOf,
  encryptionLists,
  encryptResponses,
} from '../../../support/tokens/encryption.ts'

stopClock()

const metadata = { id_token_encrypted_response_alg: 'ECDH-ES' } as const
const BAD_ID_TOKEN = [400, 'ERR_OIDC_ID_TOKEN_INVALID'] as const

const test = base
  .extend('watched', () => watchedStore())
  .extend('encrypting', ({ provider }) => {
    Object.assign(provider.metadata, encryptionLists)
    encryptResponses(provider, { userInfo: jwt => jwt })
    return provider
  })
  .extend('again', ({ start, watched }) => async (before: TestApp, options: object): Promise<TestApp> => {
    await before.close()
    const app = await start({
      port: Number(new URL(before.url).port),
      relyingParty: { store: watched.store, name: 'app', baseUrl: before.url, ...options },
    })
    await app.rp.ready()
    return app
  })

const kidsOf = (keys: readonly JsonWebKey[] | undefined): unknown[] => (keys ?? []).map(({ kid }) => kid)

describe('a key for what the provider encrypts', () => {
  test('is recorded before it is registered, and used again after a lost answer', async ({
    encrypting,
    start,
    watched,
    again,
  }) => {
    const usual = encrypting.usualAnswer('register')
    const sent: unknown[] = []
    encrypting.answer('register', async (request, response) => {
      const { pending } = await watched.record()
      const { keys } = JSON.parse(request.body).jwks as { keys: JsonWebKey[] }
      expect(kidsOf(pending?.decryptionKeys)).toEqual(kidsOf(keys.filter(({ use }) => use === 'enc')))
      sent.push(...kidsOf(pending?.decryptionKeys))
      if (sent.length === 1) response.destroy()
      else await usual(request, response)
    })
    const first = await start({ relyingParty: { metadata, store: watched.store, name: 'app' } })
    await until(() => sent.length === 1)
    const app = await again(first, { metadata })
    expect(sent).toEqual([sent[0], sent[0]])
    await expectSignIn({ app, browser: new Browser() })
  })

  test('of the right type is made when the algorithm changes, and the former one still opens', async ({
    encrypting,
    start,
    watched,
    again,
  }) => {
    const [first] = await startReplicas(start, 1, { store: watched.store, relyingParty: { metadata } })
    const [old] = encryptionKeysOf(encrypting)
    const usual = encrypting.usualAnswer('client')
    encrypting.answer('client', async (request, response) => {
      if (request.method !== 'PUT') return usual(request, response)
      const { current } = await watched.record()
      const { keys } = JSON.parse(request.body).jwks as { keys: JsonWebKey[] }
      const [next] = current?.nextDecryptionKeys ?? []
      expect(kidsOf(keys.filter(({ use }) => use === 'enc'))).toEqual([next?.kid, old?.kid])
      return usual(request, response)
    })
    const app = await again(first, { metadata: { id_token_encrypted_response_alg: 'RSA-OAEP-256' } })
    const [fresh] = encryptionKeysOf(encrypting)
    expect(fresh).toMatchObject({ kty: 'RSA', alg: 'RSA-OAEP-256' })
    expect([...encrypting.clients.values()][0]).toMatchObject({
      id_token_encrypted_response_alg: 'RSA-OAEP-256',
    })
    await expectSignIn({ app, browser: new Browser() })
    const { current } = await watched.record()
    expect(kidsOf(current?.formerDecryptionKeys)).toEqual([old?.kid])
    expect(encrypting.clients.size).toBe(1)
  })

  test('is made when an app begins to ask for encryption, and null ends it', async ({
    encrypting,
    start,
    watched,
    again,
  }) => {
    encrypting.behave()
    const [first] = await startReplicas(start, 1, { store: watched.store })
    await expectSignIn({ app: first, browser: new Browser() })
    encryptResponses(encrypting, { userInfo: jwt => jwt })
    const second = await again(first, { metadata })
    await expectSignIn({ app: second, browser: new Browser() })
    const third = await again(second, { metadata: { id_token_encrypted_response_alg: null } })
    const [client] = encrypting.clients.values()
    expect(client).not.toHaveProperty('id_token_encrypted_response_alg')
    expect(client).not.toHaveProperty('id_token_encrypted_response_enc')
    const browser = new Browser()
    await expectRefusal(await browser.open(`${third.url}/private`), BAD_ID_TOKEN, { app: third, browser })
    encrypting.behave()
    await expectSignIn({ app: third, browser })
  })

  test('leads to another client where the registration can no longer be changed', async ({
    encrypting,
    start,
    watched,
    again,
  }) => {
    encrypting.behave()
    const [first] = await startReplicas(start, 1, { store: watched.store })
    encrypting.answer('client', status(401, { error: 'invalid_token' }))
    const app = await again(first, { metadata })
    expect(encrypting.clients.size).toBe(2)
    const browser = new Browser()
    await expectRefusal(await browser.open(`${app.url}/private`), BAD_ID_TOKEN, { app, browser })
    encryptResponses(encrypting, { userInfo: jwt => jwt })
    await expectSignIn({ app, browser })
  })

  test('is not lost where the provider does not repeat what it encrypts: what is not encrypted is refused', async ({
    encrypting,
    start,
    browser,
  }) => {
    changeAnswers(encrypting, 'register', answer =>
      Object.fromEntries(Object.entries(answer).filter(([member]) => !member.includes('encrypted'))),
    )
    const [app] = await startReplicas(start, 1, { relyingParty: { metadata } })
    await expectSignIn({ app, browser: new Browser() })
    encrypting.behave()
    await expectRefusal(await browser.open(`${app.url}/private`), BAD_ID_TOKEN, { app, browser })
  })
})

describe('an encryption', () => {
  test('that the provider does not list is refused when the app starts', async ({ provider, start }) => {
    const app = await start({ relyingParty: { metadata } })
    await expect(app.rp.ready({ timeout: 1 })).rejects.toMatchObject({
      code: 'ERR_OIDC_DISCOVERY_INVALID',
      message: expect.stringContaining('id_token_encryption_alg_values_supported does not contain ECDH-ES'),
    })
    expect(provider.requestsTo('register')).toEqual([])
  })

  test('other than the requested one is not granted: the client is deleted', async ({
    encrypting,
    start,
  }) => {
    substitute(encrypting, { id_token_encrypted_response_alg: 'RSA-OAEP' })
    const app = await start({ relyingParty: { metadata } })
    await expect(app.rp.ready({ timeout: 1 })).rejects.toMatchObject({
      code: 'ERR_OIDC_REGISTRATION_REFUSED',
      message: expect.stringContaining('id_token_encrypted_response_alg is "RSA-OAEP" instead of "ECDH-ES"'),
    })
    expect(encrypting.clients.size).toBe(0)
  })
})

describe('a client with keys for encryption only', () => {
  test('serves them, and signs in with its secret', async ({ encrypting, start }) => {
    const relyingParty = {
      metadata: { ...metadata, token_endpoint_auth_method: 'client_secret_basic' },
      routes: { jwks: '/jwks.json' },
    } as const
    const [app] = await startReplicas(start, 1, { relyingParty })
    const { keys } = (await (await fetch(`${app.url}/jwks.json`)).json()) as { keys: JsonWebKey[] }
    expect(keys).toEqual([expect.objectContaining({ use: 'enc', alg: 'ECDH-ES' })])
    encrypting.behave()
    encrypting.idToken = async (claims, header) =>
      encrypt(await encrypting.sign(claims, header), { key: keys[0] ?? {} })
    await expectSignIn({ app, browser: new Browser() })
  })
})
