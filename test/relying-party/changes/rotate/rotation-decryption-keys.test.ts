import { describe, expect } from 'vitest'
import type { JsonWebKey } from '../../../../src/vocabulary/oauth2-client.ts'
import { deliver, startReplicas, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { test as base, expectSignIn, reachCallback } from '../../../support/flow.ts'
import { loseAnswer, takeSecrets } from '../../../support/providers/changed-answers.ts'
import {
  encrypt,
  encryptionKeysOf,
  encryptionLists,
  encryptResponses,
} from '../../../support/tokens/encryption.ts'

const metadata = { id_token_encrypted_response_alg: 'ECDH-ES' } as const

const test = base
  .extend('watched', () => watchedStore())
  .extend('encrypting', ({ provider }) => {
    Object.assign(provider.metadata, encryptionLists)
    encryptResponses(provider, { userInfo: jwt => jwt })
    return provider
  })

const kidsOf = (keys: readonly JsonWebKey[] | undefined): unknown[] => (keys ?? []).map(({ kid }) => kid)

describe('a key for what the provider encrypts', () => {
  test('rotates with the key that signs: the new one is recorded before it is sent, and the former one still opens', async ({
    encrypting,
    start,
    watched,
  }) => {
    const [app] = await startReplicas(start, 1, { store: watched.store, relyingParty: { metadata } })
    const [old] = encryptionKeysOf(encrypting)
    const usual = encrypting.usualAnswer('client')
    encrypting.answer('client', async (request, response) => {
      if (request.method === 'PUT') {
        const { current } = await watched.record()
        const { keys } = JSON.parse(request.body).jwks as { keys: JsonWebKey[] }
        expect(kidsOf(keys)).toContain(current?.nextDecryptionKeys?.[0]?.kid)
      }
      return usual(request, response)
    })
    expect(await app.rp.rotate()).toBe('keys')
    const [fresh] = encryptionKeysOf(encrypting)
    expect(fresh?.kid).not.toBe(old?.kid)
    await expectSignIn({ app, browser: new Browser() })
    encryptResponses(encrypting, { idToken: jwt => encrypt(jwt, { key: old ?? {} }), userInfo: jwt => jwt })
    await expectSignIn({ app, browser: new Browser() })
    expect(encrypting.clients.size).toBe(1)
  })

  test('opens at a replica that has not read the record since the rotation', async ({
    encrypting,
    start,
  }) => {
    const [app, other] = await startReplicas(start, 2, { relyingParty: { metadata } })
    const browser = new Browser()
    const callback = await reachCallback(browser, other)
    await app.rp.rotate()
    const [key] = encryptionKeysOf(encrypting)
    encryptResponses(encrypting, { idToken: jwt => encrypt(jwt, { key: key ?? {} }), userInfo: jwt => jwt })
    expect((await deliver(browser, callback, other)).status).toBe(200)
    expect(await other.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })

  test('whose registration had no answer is sent again, and what was registered opens meanwhile', async ({
    encrypting,
    start,
    watched,
  }) => {
    const [app] = await startReplicas(start, 1, { store: watched.store, relyingParty: { metadata } })
    loseAnswer(encrypting, 'PUT')
    await expect(app.rp.rotate()).rejects.toMatchObject({ code: 'ERR_OIDC_REGISTRATION_FAILED' })
    const registered = encryptionKeysOf(encrypting)
    expect(registered).toHaveLength(2)
    for (const key of registered) {
      encryptResponses(encrypting, { idToken: jwt => encrypt(jwt, { key }), userInfo: jwt => jwt })
      await expectSignIn({ app, browser: new Browser() })
    }
    const { current } = await watched.record()
    expect(kidsOf(registered)).toEqual([
      current?.nextDecryptionKeys?.[0]?.kid,
      current?.decryptionKeys?.[0]?.kid,
    ])
  })

  test('rotates with the secret of a client that has one', async ({ encrypting, start, watched }) => {
    const bySecret = { ...metadata, token_endpoint_auth_method: 'client_secret_basic' } as const
    const options = { store: watched.store, relyingParty: { metadata: bySecret } }
    const [app] = await startReplicas(start, 1, options)
    takeSecrets(encrypting)
    const [old] = encryptionKeysOf(encrypting)
    expect(await app.rp.rotate()).toBe('secret')
    const [fresh, former] = encryptionKeysOf(encrypting)
    expect([former?.kid, fresh?.kid === old?.kid]).toEqual([old?.kid, false])
    expect((await watched.record()).current).not.toHaveProperty('nextDecryptionKeys')
    for (const key of [fresh, old]) {
      encryptResponses(encrypting, { idToken: jwt => encrypt(jwt, { key: key ?? {} }), userInfo: jwt => jwt })
      await expectSignIn({ app, browser: new Browser() })
    }
    expect(await app.rp.rotate()).toBe('secret')
    const kids = encryptionKeysOf(encrypting).map(({ kid }) => kid)
    expect(kids).toEqual([expect.not.stringMatching(`^(${old?.kid}|${fresh?.kid})$`), fresh?.kid])
  })
})
