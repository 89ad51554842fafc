import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { EncryptJWT, errors, jwtDecrypt } from 'jose'
import type { JsonObject } from '../vocabulary/json.ts'

/** Seals values that a browser stores for the app, so that it can neither read nor change them. */
export interface Sealer {
  /** Encrypts a JSON object for one purpose. It can be opened only for that purpose. */
  seal(purpose: string, value: JsonObject): Promise<string>
  /** Opens a value that {@link Sealer.seal} made for this purpose, or returns `undefined`. */
  open(purpose: string, sealed: string): Promise<JsonObject | undefined>
  /** Generates an unguessable string of 59 characters that can later be recognized without having been stored. */
  token(purpose: string): string
  /** Whether {@link Sealer.token} made this string for this purpose. */
  isToken(purpose: string, text: string): boolean
}

const RANDOM_BYTES = 24
const MAC_BYTES = 20

/** Generates the key that {@link buildSealer} takes: 32 random bytes in base64url. */
export function buildSealingKey(): string {
  return randomBytes(32).toString('base64url')
}

/** Whether a string is a key from {@link buildSealingKey}. A shorter one could be guessed. */
export function isSealingKey(text: string): boolean {
  return /^[\w-]{43}$/.test(text)
}

/**
 * Makes a sealer that seals with the first key, and opens what was sealed with any of them. Derives separate keys for each use by
 * each relying party (RFC 5869), so that no relying party accepts what another one sealed. Seals with A256GCM as JWE (RFC 7516);
 * makes tokens with HMAC-SHA-256.
 */
export function buildSealer(sealingKeys: readonly string[], relyingParty: string): Sealer {
  const deriveAll = (use: string): Uint8Array[] =>
    sealingKeys.map(key => derive(key, relyingParty, `express-oidc-rp ${use}`))
  const [encryption, ...formerEncryption] = deriveAll('seal')
  const [authentication, ...formerAuthentication] = deriveAll('token')
  if (!encryption || !authentication) throw new TypeError('A sealer needs a key.')

  return Object.freeze<Sealer>({
    seal: (purpose, value) =>
      new EncryptJWT({ value })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setAudience(purpose)
        .encrypt(encryption),
    async open(purpose, sealed) {
      for (const key of [encryption, ...formerEncryption]) {
        const value = await openWith(key, purpose, sealed)
        if (value) return value
      }
      return undefined
    },
    token(purpose) {
      const random = randomBytes(RANDOM_BYTES).toString('base64url')
      return random + authenticate(authentication, purpose, random)
    },
    isToken: (purpose, text) =>
      [authentication, ...formerAuthentication].some(key => isTokenOf(key, purpose, text)),
  })
}

function derive(key: string, relyingParty: string, use: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', Buffer.from(key, 'base64url'), relyingParty, use, 32))
}

async function openWith(key: Uint8Array, purpose: string, sealed: string): Promise<JsonObject | undefined> {
  try {
    const { payload } = await jwtDecrypt<{ value: Record<string, unknown> }>(sealed, key, {
      audience: purpose,
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    })
    return payload.value
  } catch (error) {
    if (error instanceof errors.JOSEError) return undefined // with another key, for another purpose, or modified
    throw error
  }
}

function authenticate(key: Uint8Array, purpose: string, random: string): string {
  const mac = createHmac('sha256', key).update(`${purpose}\n${random}`).digest()
  return mac.subarray(0, MAC_BYTES).toString('base64url')
}

function isTokenOf(key: Uint8Array, purpose: string, text: string): boolean {
  const length = Math.ceil((RANDOM_BYTES * 4) / 3)
  const claimed = Buffer.from(text.slice(length))
  const expected = Buffer.from(authenticate(key, purpose, text.slice(0, length)))
  return claimed.length === expected.length && timingSafeEqual(claimed, expected)
}
