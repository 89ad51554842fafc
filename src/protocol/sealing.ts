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
 * Derives separate keys for each use by each relying party (RFC 5869), so that no relying party accepts what another one
 * sealed. Seals with A256GCM as JWE (RFC 7516); makes tokens with HMAC-SHA-256.
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
        if (error instanceof errors.JOSEError) return undefined // from elsewhere, for another purpose, or modified
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
