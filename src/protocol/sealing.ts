import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import { EncryptJWT, errors, jwtDecrypt } from 'jose'
import type { JsonObject } from '../vocabulary/json.ts'

/** Seals values that a browser carries for us, so that it can neither read nor change them. */
export interface Sealer {
  /** Encrypts a JSON object for one purpose; it opens for that purpose alone. */
  seal(purpose: string, value: JsonObject): Promise<string>
  /** Opens what {@link Sealer.seal} made for this purpose, or returns `undefined`. */
  open(purpose: string, sealed: string): Promise<JsonObject | undefined>
  /** Makes an unguessable string of 59 characters that can later be told to be ours without having been kept. */
  token(purpose: string): string
  /** Whether {@link Sealer.token} made this string for this purpose. */
  isToken(purpose: string, text: string): boolean
}

const RANDOM_BYTES = 24
const MAC_BYTES = 20

/** Makes the key that {@link buildSealer} takes: 32 random bytes in base64url. */
export function buildSealingKey(): string {
  return randomBytes(32).toString('base64url')
}

/** Whether a text is a key that {@link buildSealingKey} has made. A shorter one could be guessed. */
export function isSealingKey(text: string): boolean {
  return /^[\w-]{43}$/.test(text)
}

/**
 * Derives from one key a key for each use by each relying party (RFC 5869), so that what one has sealed or made opens for no
 * other; and seals with them: A256GCM as JWE (RFC 7516), HMAC-SHA-256.
 */
export function buildSealer(sealingKey: string, relyingParty: string): Sealer {
  const derive = (use: string): Uint8Array =>
    new Uint8Array(
      hkdfSync('sha256', Buffer.from(sealingKey, 'base64url'), relyingParty, `express-oidc-rp ${use}`, 32),
    )
  const encryption = derive('seal')
  const authentication = derive('token')
  const mac = (purpose: string, random: string): string =>
    createHmac('sha256', authentication)
      .update(`${purpose}\n${random}`)
      .digest()
      .subarray(0, MAC_BYTES)
      .toString('base64url')

  return Object.freeze<Sealer>({
    seal: (purpose, value) =>
      new EncryptJWT({ value })
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .setAudience(purpose)
        .encrypt(encryption),
    async open(purpose, sealed) {
      try {
        const { payload } = await jwtDecrypt<{ value: Record<string, unknown> }>(sealed, encryption, {
          audience: purpose,
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
        })
        return payload.value
      } catch (error) {
        if (error instanceof errors.JOSEError) return undefined // not ours, another purpose, or changed
        throw error
      }
    },
    token(purpose) {
      const random = randomBytes(RANDOM_BYTES).toString('base64url')
      return random + mac(purpose, random)
    },
    isToken(purpose, text) {
      const length = Math.ceil((RANDOM_BYTES * 4) / 3)
      const claimed = Buffer.from(text.slice(length))
      const expected = Buffer.from(mac(purpose, text.slice(0, length)))
      return claimed.length === expected.length && timingSafeEqual(claimed, expected)
    },
  })
}
