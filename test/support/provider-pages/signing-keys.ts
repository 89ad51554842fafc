import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { type JWK, type JWTPayload, SignJWT } from 'jose'
import { generateDecryptionKey } from '../../../src/protocol/keys/decryption-keys.ts'

/** What signs an ID token: the provider's usual key or its second one, a key that it does not publish, the client's secret, or nothing. */
export type Signer = 'usual' | 'second' | 'unknown' | 'secret' | 'none'

/** The pairs of an algorithm: those that sign ID tokens, and the one of an app. */
type Pair = Exclude<Signer, 'secret' | 'none'> | 'app'

/** The algorithms of the fixtures. */
export type Algorithm = 'RS256' | 'RS512' | 'ES256'

type Pairs = Readonly<Record<Pair, { readonly publicKey: KeyObject; readonly privateKey: KeyObject }>>

// RSA keys are slow to make: all providers of the process share them.
const rsa = fourPairs(() => generateKeyPairSync('rsa', { modulusLength: 2048 }))
const ec = fourPairs(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }))

function fourPairs(make: () => Pairs['usual']): Pairs {
  return { usual: make(), second: make(), unknown: make(), app: make() }
}

function pairsFor(algorithm: Algorithm | 'PS256'): Pairs {
  return algorithm === 'ES256' ? ec : rsa
}

/** A key as it is published. */
export function publicJwk(signer: 'usual' | 'second', alg: Algorithm): JWK {
  return { ...pairsFor(alg)[signer].publicKey.export({ format: 'jwk' }), kid: signer, alg, use: 'sig' }
}

interface Signature {
  readonly header: { readonly alg: string; readonly kid?: string | undefined }
  readonly key: KeyObject | Uint8Array
}

/** How a token is signed; one with an unknown key says that it was the usual one. */
export function signatureOf(signer: Signer, alg: Algorithm, secret: string): Signature {
  if (signer === 'secret') return { header: { alg: 'HS256', kid: undefined }, key: Buffer.from(secret) }
  if (signer === 'none') return { header: { alg: 'none', kid: undefined }, key: Buffer.from(secret) }
  const kid = signer === 'unknown' ? 'usual' : signer
  return { header: { alg, kid }, key: pairsFor(alg)[signer].privateKey }
}

/** The RSA key of an app, as PEM. */
export const pemOfApp = {
  privateKey: String(rsa.app.privateKey.export({ format: 'pem', type: 'pkcs8' })),
  publicKey: String(rsa.app.publicKey.export({ format: 'pem', type: 'spki' })),
}

/** What an app has, and what its provider knows, with the method `private_key_jwt`. */
export function appKeys(alg: Algorithm | 'PS256'): { readonly privateKey: string; readonly jwks: object } {
  const { privateKey, publicKey } = pairsFor(alg).app
  const members = { kid: 'key-of-the-app', alg, use: 'sig' }
  return {
    privateKey: JSON.stringify({ ...privateKey.export({ format: 'jwk' }), ...members }),
    jwks: { keys: [{ ...publicKey.export({ format: 'jwk' }), ...members }] },
  }
}

/** A key of an app for what its provider encrypts, and one that the app does not have. */
export const decryptionKeys = {
  own: await generateDecryptionKey('ECDH-ES+A256KW'),
  unknown: await generateDecryptionKey('ECDH-ES+A256KW'),
}

/** An assertion with the key of an app. */
export function assertionOf(alg: Algorithm, claims: JWTPayload): Promise<string> {
  const header = { alg, kid: 'key-of-the-app' }
  return new SignJWT({ jti: randomUUID(), ...claims })
    .setProtectedHeader(header)
    .sign(pairsFor(alg).app.privateKey)
}
