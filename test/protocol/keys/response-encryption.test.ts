import { generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { generateDecryptionKey } from '../../../src/protocol/keys/decryption-keys.ts'
import { keyAlgorithms } from '../../../src/protocol/keys/encryption-algorithms.ts'
import { responseOpener } from '../../../src/protocol/keys/response-encryption.ts'
import type { JsonWebKey } from '../../../src/vocabulary/oauth2-client.ts'
import { encrypt } from '../../support/tokens/encryption.ts'

/** Nothing here looks at what is inside a signed JWT. */
const JWT = 'e30.e30.c2ln'

function jwkOf(pair: { readonly privateKey: { export(options: { format: 'jwk' }): object } }): JsonWebKey {
  return { ...pair.privateKey.export({ format: 'jwk' }), use: 'enc' }
}

const curves: Readonly<Record<string, JsonWebKey>> = {
  'P-256': jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  'P-384': jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-384' })),
  'P-521': jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-521' })),
  X25519: jwkOf(generateKeyPairSync('x25519')),
}
const rsa = jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }))

let key: JsonWebKey
let former: JsonWebKey
let stranger: JsonWebKey
beforeAll(async () => {
  ;[key, former, stranger] = await Promise.all([
    generateDecryptionKey('ECDH-ES'),
    generateDecryptionKey('ECDH-ES'),
    generateDecryptionKey('ECDH-ES'),
  ])
})

const registered = { id_token_encrypted_response_alg: 'ECDH-ES' }

function openWith(metadata: Readonly<Record<string, unknown>>, keys: readonly JsonWebKey[] = [key, former]) {
  return (response: string) => responseOpener({ metadata, keys })('id_token', response)
}

const open = (response: string): Promise<string> => openWith(registered)(response)

describe('an encrypted response', () => {
  test.for(keyAlgorithms)('with %s is opened by the key that the app makes for it', async algorithm => {
    const made = await generateDecryptionKey(algorithm)
    expect(made).toMatchObject({ use: 'enc', alg: algorithm, kid: expect.any(String) })
    const jwe = await encrypt(JWT, { key: made })
    expect(await openWith({ id_token_encrypted_response_alg: algorithm }, [made])(jwe)).toBe(JWT)
  })

  test.for(Object.keys(curves))('for a key by hand on the curve %s is opened', async curve => {
    const byHand = curves[curve] ?? {}
    const jwe = await encrypt(JWT, { key: byHand, header: { alg: 'ECDH-ES' } })
    expect(await openWith(registered, [byHand])(jwe)).toBe(JWT)
  })

  test.for(['RSA-OAEP', 'RSA-OAEP-256'])('for an RSA key without alg is opened as %s', async algorithm => {
    const jwe = await encrypt(JWT, { key: rsa, header: { alg: algorithm } })
    expect(await openWith({ id_token_encrypted_response_alg: algorithm }, [rsa])(jwe)).toBe(JWT)
  })

  test.for([
    ['that names no key', { kid: undefined }],
    ['that names a key differently', { kid: 'key-1' }],
    ['that names the former key and is for the present one', { kid: 'former' }],
    ['with A192GCM', { enc: 'A192GCM' }],
    ['with the content encryption that is the default', { enc: 'A128CBC-HS256' }],
  ] as const)('%s is opened', async ([, header]) => {
    const named = 'kid' in header && header.kid === 'former' ? { kid: former.kid } : header
    expect(await open(await encrypt(JWT, { key, header: named }))).toBe(JWT)
  })

  test('for the former key is opened, with its id and without', async () => {
    expect(await open(await encrypt(JWT, { key: former }))).toBe(JWT)
    expect(await open(await encrypt(JWT, { key: former, header: { kid: undefined } }))).toBe(JWT)
  })

  test('with CBC is opened if that was registered, and then GCM is not', async () => {
    const metadata = { ...registered, id_token_encrypted_response_enc: 'A256CBC-HS512' }
    expect(await openWith(metadata)(await encrypt(JWT, { key, header: { enc: 'A256CBC-HS512' } }))).toBe(JWT)
    await expect(openWith(metadata)(await encrypt(JWT, { key }))).rejects.toThrow(
      'its enc is "A256GCM" instead of A256CBC-HS512',
    )
  })
})

describe('what another replica has changed', () => {
  test('is read again for a response that cannot be opened, once', async () => {
    let reads = 0
    const opener = responseOpener({ metadata: registered, keys: [former] }, async () => {
      reads += 1
      return { metadata: registered, keys: [key, former] }
    })
    expect(await opener('id_token', await encrypt(JWT, { key: former }))).toBe(JWT)
    expect(reads).toBe(0)
    expect(await opener('id_token', await encrypt(JWT, { key }))).toBe(JWT)
    expect(reads).toBe(1)
    await expect(opener('id_token', await encrypt(JWT, { key: stranger }))).rejects.toThrow('none of')
    expect(reads).toBe(2)
  })

  test('may be that nothing is encrypted any more, or only now', async () => {
    const jwe = await encrypt(JWT, { key })
    const plainNow = responseOpener({ metadata: registered, keys: [key] }, async () => ({
      metadata: {},
      keys: [],
    }))
    expect(await plainNow('id_token', JWT)).toBe(JWT)
    const encryptedNow = responseOpener({ metadata: {}, keys: [] }, async () => ({
      metadata: registered,
      keys: [key],
    }))
    expect(await encryptedNow('id_token', jwe)).toBe(JWT)
  })
})
