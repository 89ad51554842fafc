import { generateKeyPair, type KeyObject, randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import {
  CompactSign,
  type CompactVerifyGetKey,
  type CryptoKey,
  compactVerify,
  createLocalJWKSet,
  type JWK,
} from 'jose'

/** Anything `jose` signs with: a private key, or the bytes of a secret for HS256. */
type SignatureKey = KeyObject | CryptoKey | Uint8Array | JWK

/** The header of a JWT. */
export type JoseHeader = { readonly alg?: string; readonly kid?: unknown } & Record<string, unknown>

/** The provider's signing keys. */
export interface KeyRing {
  readonly published: readonly JWK[]
  /** Signs any JWT, with the current key unless another is given; `alg: 'none'` leaves it unsigned. A header member that is `undefined` is left out. */
  readonly sign: (claims: object, header?: JoseHeader, key?: SignatureKey) => Promise<string>
  /** The `aud` of a token that one of the keys signed, published still or not; `undefined` if none did. */
  readonly audienceOf: (token: string) => Promise<unknown>
  /** Counts a key of a test among those that have signed. */
  readonly trust: (key: JWK) => void
  /** Signs with a new key from now on; the old ones are no longer published unless `keepOld`. */
  readonly rotate: (options?: { readonly keepOld?: boolean }) => Promise<void>
}

interface SigningKey {
  readonly privateKey: KeyObject
  readonly publicJwk: JWK
}

const generate = promisify(generateKeyPair)
// RSA keys are slow to make: every ring of the process starts with the same one.
let firstKey: Promise<SigningKey> | undefined

export async function keyRing(): Promise<KeyRing> {
  firstKey ??= newKey()
  let current = await firstKey
  let published = [current.publicJwk]
  const everPublished = [current.publicJwk]
  return {
    get published() {
      return published
    },
    sign: (claims, header = {}, key = current.privateKey) =>
      sign(claims, { alg: 'RS256', typ: 'JWT', kid: current.publicJwk.kid, ...header }, key),
    audienceOf: token => audienceOf(token, createLocalJWKSet({ keys: everPublished })),
    trust: key => void everPublished.push(key),
    rotate: async ({ keepOld = false } = {}) => {
      current = await newKey()
      published = keepOld ? [current.publicJwk, ...published] : [current.publicJwk]
      everPublished.push(current.publicJwk)
    },
  }
}

async function newKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await generate('rsa', { modulusLength: 2048 })
  const jwk: JWK = publicKey.export({ format: 'jwk' })
  return { privateKey, publicJwk: { ...jwk, kid: randomUUID(), alg: 'RS256', use: 'sig' } }
}

async function sign(claims: object, header: JoseHeader, key: SignatureKey): Promise<string> {
  if (header.alg === 'none') return `${base64url(header)}.${base64url(claims)}.`
  // JSON drops the members a test has set to undefined.
  const protectedHeader: { alg: string } = JSON.parse(JSON.stringify(header))
  return new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader(protectedHeader).sign(key)
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

async function audienceOf(token: string, keys: CompactVerifyGetKey): Promise<unknown> {
  try {
    const { payload } = await compactVerify(token, keys)
    return JSON.parse(Buffer.from(payload).toString()).aud
  } catch {
    // Not a token of this provider, whatever the reason.
    return undefined
  }
}
