import { describe, expect } from 'vitest'
import { watchedStore } from '../../../support/apps/replicas.ts'
import { expectRefusal, expectSignIn, test as scripted } from '../../../support/flow.ts'
import { changeAnswers } from '../../../support/providers/changed-answers.ts'
import { type ScriptedProvider, status } from '../../../support/scripted-provider.ts'

const REFUSED = 'ERR_OIDC_REGISTRATION_REFUSED'
const PORT = 4_713

const test = scripted
  .extend('watched', () => watchedStore())
  .extend('startAgain', ({ start, watched }) => (relyingParty: object = {}) => {
    const given = { store: watched.store, name: 'app', baseUrl: `http://localhost:${PORT}`, ...relyingParty }
    return start({ relyingParty: given })
  })

const BASIC = { metadata: { token_endpoint_auth_method: 'client_secret_basic' } }

const useless: readonly (readonly [string, object, object, RegExp])[] = [
  [
    'a method that is not supported',
    {},
    { token_endpoint_auth_method: 'attest_jwt_client_auth' },
    /token_endpoint_auth_method is "attest_jwt_client_auth" instead of "private_key_jwt", and .* must be one of/,
  ],
  [
    'a certificate',
    {},
    { token_endpoint_auth_method: 'tls_client_auth' },
    /token_endpoint_auth_method is "tls_client_auth" instead of "private_key_jwt", and the app presents a certificate only where/,
  ],
  ['no secret', BASIC, { client_secret: undefined }, /client_secret is missing/],
  ['a secret that is no text', BASIC, { client_secret: 7 }, /client_secret is missing/],
  ['an endless secret', BASIC, { client_secret: 's'.repeat(2_047) }, /client_secret is missing or too long/],
  [
    'a key that was not asked for',
    BASIC,
    { token_endpoint_auth_method: 'private_key_jwt' },
    /instead of "client_secret_basic", and the app has registered no key/,
  ],
  [
    'another algorithm for the key',
    {},
    { token_endpoint_auth_signing_alg: 'PS512' },
    /token_endpoint_auth_signing_alg is "PS512" instead of .*signs only with/,
  ],
  [
    'an algorithm that is not supported',
    {},
    { id_token_signed_response_alg: 'HS256' },
    /id_token_signed_response_alg is "HS256" instead of "RS256"/,
  ],
  [
    'encryption',
    {},
    { id_token_encrypted_response_alg: 'RSA-OAEP' },
    /id_token_encrypted_response_alg is "RSA-OAEP" which was not requested/,
  ],
  ['another flow', {}, { grant_types: ['implicit'] }, /grant_types is \["implicit"\] instead of/],
  [
    'one more address',
    {},
    { redirect_uris: [`http://localhost:${PORT}/callback`, 'https://evil.test/'] },
    /redirect_uris is/,
  ],
  ['no address', {}, { redirect_uris: [] }, /redirect_uris is \[\] instead of/],
]

/** Grants an algorithm with which nobody could sign in. */
const grantUseless = (provider: ScriptedProvider): void =>
  changeAnswers(provider, 'register', body => ({ ...body, id_token_signed_response_alg: 'HS256' }))

describe('a client that is granted with', () => {
  test.for(useless)(
    '%s is deleted, and not asked for again until something changes',
    async ([, relyingParty, changes, words], { provider, startAgain, browser, watched }) => {
      changeAnswers(provider, 'register', body => ({ ...body, ...changes }))
      for (let starts = 0; starts < 3; starts += 1) {
        const app = await startAgain(relyingParty)
        const error: unknown = await app.rp.ready().catch(thrown => thrown)
        expect(error).toMatchObject({ code: REFUSED, message: expect.stringMatching(words) })
        expect(app.log.filter(line => words.test(line))).toHaveLength(1)
        expect(app.rp.status().lastError?.message).toMatch(words)
        await expectRefusal(await browser.open(`${app.url}/login`), [503, REFUSED], { app, browser })
        await app.close()
      }
      expect(provider.requestsTo('register')).toHaveLength(1)
      expect(provider.requestsTo('client').map(({ method }) => method)).toEqual(['DELETE'])
      expect(provider.clients.size).toBe(0)
      expect(await watched.record()).toMatchObject({ retiring: [] })
    },
  )

  test.for([
    ['the options', false, { metadata: { contacts: ['ops@app.test'] } }],
    ["the provider's discovery document", true, {}],
  ] as const)(
    'something useless is asked for again when %s change',
    async ([, isDiscovery, relyingParty], { provider, startAgain, browser, start, watched }) => {
      grantUseless(provider)
      const before = await startAgain()
      await expect(before.rp.ready()).rejects.toMatchObject({ code: REFUSED })
      await before.close()
      provider.answer('register', undefined)
      if (isDiscovery) provider.metadata = { ...provider.metadata, claims_supported: ['sub'] }
      const app = await start({
        port: PORT,
        relyingParty: { store: watched.store, name: 'app', ...relyingParty },
      })
      await expectSignIn({ app, browser })
      expect(provider.clients.size).toBe(1)
    },
  )

  test('something useless is deleted later if the provider has trouble', async ({
    provider,
    startAgain,
    watched,
  }) => {
    grantUseless(provider)
    provider.answer('client', status(500))
    const before = await startAgain()
    await expect(before.rp.ready()).rejects.toMatchObject({ code: REFUSED })
    expect(before.log.join('\n')).toMatch(/is no longer used; its deletion is tried again later/)
    expect(provider.clients.size).toBe(1)
    expect((await watched.record()).retiring).toHaveLength(1)
    await before.close()
    provider.answer('client', undefined)
    await expect((await startAgain()).rp.ready()).rejects.toMatchObject({ code: REFUSED })
    expect(provider.clients.size).toBe(0)
    expect(provider.requestsTo('register')).toHaveLength(1)
  })

  test('something useless is named if the provider does not let it be deleted', async ({
    provider,
    startAgain,
    watched,
  }) => {
    changeAnswers(provider, 'register', ({ registration_access_token: _, ...body }) => ({
      ...body,
      id_token_signed_response_alg: 'HS256',
    }))
    for (let starts = 0; starts < 2; starts += 1) {
      const app = await startAgain()
      await expect(app.rp.ready()).rejects.toMatchObject({ code: REFUSED })
      const [clientId] = provider.clients.keys()
      const named = app.log.filter(line => line.includes(`Client ${clientId} is no longer used`))
      expect(named).toHaveLength(starts === 0 ? 1 : 0)
      await app.close()
    }
    expect(provider.requestsTo('register')).toHaveLength(1)
    expect((await watched.record()).retiring).toEqual([])
  })

  test('something useless is deleted after a crash before anything was done about it', async ({
    provider,
    startAgain,
  }) => {
    const written: [key: string, value: string][] = []
    const watched = watchedStore((operation, key, value = '') => {
      if (operation === 'set' && value.includes('"pending"')) written.push([key, value])
    })
    grantUseless(provider)
    const clients = provider.clients
    const before = await startAgain({ store: watched.store })
    await expect(before.rp.ready()).rejects.toMatchObject({ code: REFUSED })
    await before.close()
    const [key, answered] = written.at(-1) ?? ['', '']
    const { client_id, ...granted } = JSON.parse(answered).pending.granted
    clients.set(client_id, { client_id, ...granted })
    await watched.store.set(key, answered)

    const app = await startAgain({ store: watched.store })
    await expect(app.rp.ready()).rejects.toMatchObject({ code: REFUSED })
    expect(clients.size).toBe(0)
    expect(provider.requestsTo('register')).toHaveLength(1)
  })

  test('no id at all is named as one that may be left over, and not asked for again', async ({
    provider,
    startAgain,
  }) => {
    changeAnswers(provider, 'register', ({ client_id: _, ...body }) => body)
    for (let starts = 0; starts < 3; starts += 1) {
      const app = await startAgain()
      await expect(app.rp.ready()).rejects.toMatchObject({
        code: REFUSED,
        message: expect.stringContaining('client_id is not a string'),
      })
      const named = app.log.filter(line => line.includes('delete it there'))
      expect(named).toHaveLength(starts === 0 ? 1 : 0)
      await app.close()
    }
    expect(provider.requestsTo('register')).toHaveLength(1)
  })
})
