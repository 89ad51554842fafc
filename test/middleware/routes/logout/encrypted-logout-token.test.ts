import { describe, expect } from 'vitest'
import { generateDecryptionKey } from '../../../../src/protocol/keys/decryption-keys.ts'
import type { TestApp } from '../../../support/app.ts'
import { startReplicas, watchedStore } from '../../../support/apps/replicas.ts'
import {
  test as base,
  isSignedIn,
  logoutToken,
  postLogout,
  showLogin,
  visit,
} from '../../../support/logout.ts'
import { status } from '../../../support/scripted-provider.ts'
import {
  encrypt,
  encryptionKeysOf,
  encryptionLists,
  encryptResponses,
} from '../../../support/tokens/encryption.ts'

const metadata = { id_token_encrypted_response_alg: 'ECDH-ES' } as const

const test = base.extend('app', async ({ provider, start }): Promise<TestApp> => {
  Object.assign(provider.metadata, encryptionLists)
  encryptResponses(provider, { userInfo: jwt => jwt })
  const app = await start({ after: showLogin, relyingParty: { metadata } })
  await app.rp.ready()
  return app
})

// oidc-provider encrypts them where ID tokens are encrypted (9.13, lib/models/id_token.js); so does Keycloak.
describe('an encrypted logout token', () => {
  test('ends the session that it names', async ({ provider, app }) => {
    const visitor = await visit(app)
    const [key = {}] = encryptionKeysOf(provider)
    const token = await encrypt(await logoutToken(provider, { sid: visitor.sid }), { key })
    expect((await postLogout(app, token)).status).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })

  test('need not be encrypted', async ({ provider, app }) => {
    const visitor = await visit(app)
    expect((await postLogout(app, await logoutToken(provider, { sid: visitor.sid }))).status).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })

  test('for a client that retires is opened by the key of that client', async ({ provider, app }) => {
    const visitor = await visit(app)
    const [aud] = provider.clients.keys()
    const [key = {}] = encryptionKeysOf(provider)
    provider.answer('client', status(400, { error: 'invalid_request' }))
    expect(await app.rp.rotate()).toBe('replacement')
    expect(encryptionKeysOf(provider)[0]?.kid).not.toBe(key.kid)
    const token = await encrypt(await logoutToken(provider, { sid: visitor.sid, aud }), { key })
    expect((await postLogout(app, token)).status).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })

  test('for a key that was recorded right after made-up ones came ends the session', async ({
    provider,
    app: _,
    start,
  }) => {
    let reads = 0
    const { store } = watchedStore((operation, key) => {
      if (operation === 'get' && key.startsWith('client:')) reads += 1
    })
    const options = { store, relyingParty: { metadata } }
    const [one, other] = await startReplicas(start, 2, options)
    const visitor = await visit(other)
    const key = await generateDecryptionKey('ECDH-ES')
    const forged = await encrypt(await logoutToken(provider, { sid: visitor.sid }), { key })
    const begun = process.hrtime.bigint()
    expect((await postLogout(other, forged)).status).toBe(400)
    expect(await one.rp.rotate()).toBe('keys')
    const [fresh = {}] = encryptionKeysOf(provider)
    const token = await encrypt(await logoutToken(provider, { sid: visitor.sid }), { key: fresh })
    reads = 0
    const made = Array.from({ length: 20 }, () => postLogout(other, forged))
    expect((await postLogout(other, token)).status).toBe(200)
    expect(await isSignedIn(visitor, other)).toEqual([false])
    expect(new Set((await Promise.all(made)).map(answer => answer.status))).toEqual(new Set([400]))
    const seconds = Number(process.hrtime.bigint() - begun) / 1e9
    expect(reads).toBeLessThanOrEqual(seconds + 1)
  })

  test.for([
    ['for another key', async (jwt: string) => encrypt(jwt, { key: await generateDecryptionKey('ECDH-ES') })],
    [
      'that is not signed',
      async (_: string, key: object) => encrypt('{"sub":"user-1"}', { key: { ...key } }),
    ],
  ] as const)('%s ends nothing', async ([, make], { provider, app }) => {
    const visitor = await visit(app)
    const [key = {}] = encryptionKeysOf(provider)
    const token = await make(await logoutToken(provider, { sid: visitor.sid }), key)
    expect((await postLogout(app, token)).status).toBe(400)
    expect(await isSignedIn(visitor, app)).toEqual([true])
  })

  base('ends nothing where no encryption is registered', async ({ provider, app }) => {
    const visitor = await visit(app)
    const key = await generateDecryptionKey('ECDH-ES')
    const token = await encrypt(await logoutToken(provider, { sid: visitor.sid }), { key })
    expect((await postLogout(app, token)).status).toBe(400)
    expect(await isSignedIn(visitor, app)).toEqual([true])
  })
})
