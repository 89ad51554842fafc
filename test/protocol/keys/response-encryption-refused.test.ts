import { generateKeyPairSync } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { generateDecryptionKey } from '../../../src/protocol/keys/decryption-keys.ts'
import { responseOpener, UnopenedResponse } from '../../../src/protocol/keys/response-encryption.ts'
import type { JsonWebKey } from '../../../src/vocabulary/oauth2-client.ts'
import { encrypt } from '../../support/tokens/encryption.ts'

/** Nothing here looks at what is inside a signed JWT. */
const JWT = 'e30.e30.c2ln'

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const rsa: JsonWebKey = { ...privateKey.export({ format: 'jwk' }), use: 'enc' }

let key: JsonWebKey
let stranger: JsonWebKey
beforeAll(async () => {
  ;[key, stranger] = await Promise.all([generateDecryptionKey('ECDH-ES'), generateDecryptionKey('ECDH-ES')])
})

const registered = { id_token_encrypted_response_alg: 'ECDH-ES' }

function openWith(metadata: Readonly<Record<string, unknown>>) {
  return (response: string) => responseOpener({ metadata, keys: [key] })('id_token', response)
}

const open = (response: string): Promise<string> => openWith(registered)(response)

/** A response whose header says something else. */
async function withHeader(header: object): Promise<string> {
  const [, ...rest] = (await encrypt(JWT, { key })).split('.')
  return [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.')
}

const refused: readonly (readonly [string, () => Promise<string>, string])[] = [
  ['that is not encrypted', async () => JWT, 'it is not encrypted, and the client is registered for ECDH-ES'],
  ['for no key of the app', () => encrypt(JWT, { key: stranger }), "none of the client's keys opens it"],
  [
    'that is not for the key that it names',
    () => encrypt(JWT, { key: { ...stranger, kid: 'x' }, header: { kid: key.kid } }),
    "none of the client's keys",
  ],
  [
    'with another algorithm',
    () => encrypt(JWT, { key: rsa, header: { alg: 'RSA-OAEP' } }),
    'its alg is "RSA-OAEP" instead of ECDH-ES',
  ],
  ['with RSA1_5', () => withHeader({ alg: 'RSA1_5', enc: 'A256GCM' }), 'its alg is "RSA1_5"'],
  [
    'with a password',
    () => withHeader({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2c: 1e9, p2s: 'a' }),
    'its alg is "PBES2-HS256+A128KW"',
  ],
  ['with a shared key', () => withHeader({ alg: 'dir', enc: 'A256GCM' }), 'its alg is "dir"'],
  ['without an algorithm', () => withHeader({ enc: 'A256GCM' }), 'its alg is missing'],
  [
    'with a content encryption that was not registered',
    () => encrypt(JWT, { key, header: { enc: 'A256CBC-HS512' } }),
    'its enc is "A256CBC-HS512"',
  ],
  ['without a content encryption', () => withHeader({ alg: 'ECDH-ES' }), 'its enc is missing'],
  [
    'that is compressed',
    () => withHeader({ alg: 'ECDH-ES', enc: 'A256GCM', zip: 'DEF' }),
    'it is compressed',
  ],
  [
    'whose header is no JSON',
    async () => `e.${(await encrypt(JWT, { key })).split('.').slice(1).join('.')}`,
    'it is not a JWE',
  ],
  [
    'whose header was changed',
    async () =>
      withHeader({ alg: 'ECDH-ES', enc: 'A256GCM', epk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } }),
    "none of the client's keys",
  ],
  [
    'that was changed',
    async () =>
      (await encrypt(JWT, { key })).replace(
        /\.(.)([^.]*)$/,
        (_, first, rest) => `.${first === 'A' ? 'B' : 'A'}${rest}`,
      ),
    "none of the client's keys",
  ],
  [
    'that holds claims without a signature',
    () => encrypt('{"sub":"user-1"}', { key }),
    'what is encrypted is not a signed JWT',
  ],
  ['that holds an unsigned JWT', () => encrypt('e30.e30.', { key }), 'what is encrypted is not a signed JWT'],
  [
    'that holds another encrypted response',
    async () => encrypt(await encrypt(JWT, { key }), { key }),
    'what is encrypted is not a signed JWT',
  ],
  [
    'that holds compressed bytes',
    () => encrypt(deflateRawSync(JWT).toString('latin1'), { key }),
    'what is encrypted is not a signed JWT',
  ],
  ['of five empty parts', async () => '....', 'it is not a JWE'],
]

describe('a response is refused', () => {
  test.for(refused)('%s', async ([, make, reason]) => {
    const refusal = await open(await make()).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(UnopenedResponse)
    expect((refusal as Error).message).toContain(reason)
  })

  test('that is encrypted, for a client that was not registered for that', async () => {
    const jwe = await encrypt(JWT, { key })
    await expect(openWith({})(jwe)).rejects.toThrow(
      'it is encrypted, and the client is not registered for that',
    )
    expect(await openWith({})(JWT)).toBe(JWT)
  })

  test('for a key of another kind of response', async () => {
    const metadata = { ...registered, userinfo_encrypted_response_alg: 'RSA-OAEP' }
    const opener = responseOpener({ metadata, keys: [key, rsa] })
    const jwe = await encrypt(JWT, { key: rsa, header: { alg: 'RSA-OAEP' } })
    expect(await opener('userinfo', jwe)).toBe(JWT)
    await expect(opener('id_token', jwe)).rejects.toThrow('its alg is "RSA-OAEP" instead of ECDH-ES')
  })
})
