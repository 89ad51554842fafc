import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { isObject, type JsonObject, parseJson } from '../vocabulary/json.ts'

/** Seals values that a browser stores for the app, so that it can neither read nor change them. */
export interface Sealer {
  /** Encrypts a JSON object for one purpose. It can be opened only for that purpose. */
  seal(purpose: string, value: JsonObject): string
  /** Opens a value that {@link Sealer.seal} made for this purpose, or returns `undefined`. */
  open(purpose: string, sealed: string): JsonObject | undefined
  /** Generates an unguessable string of 59 characters that can later be recognized without having been stored. */
  token(purpose: string): string
  /** Whether {@link Sealer.token} made this string for this purpose. */
  isToken(purpose: string, text: string): boolean
}

const RANDOM_BYTES = 24
const MAC_BYTES = 20

/** The header of every sealed value. None other is accepted, so that nobody can choose another algorithm (RFC 8725 §3.1). */
const HEADER = Buffer.from('{"alg":"dir","enc":"A256GCM"}').toString('base64url')
const CIPHER = 'aes-256-gcm'
const IV_BYTES = 12
const TAG_BYTES = 16

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
 * makes tokens with HMAC-SHA-256. By `node:crypto`, because each call of `jose` waits for other threads, which takes longer than the work.
 */
export function buildSealer(sealingKeys: readonly string[], relyingParty: string): Sealer {
  const deriveAll = (use: string): KeyObject[] =>
    sealingKeys.map(key => derive(key, relyingParty, `express-oidc-rp ${use}`))
  const [encryption, ...formerEncryption] = deriveAll('seal')
  const [authentication, ...formerAuthentication] = deriveAll('token')
  if (!encryption || !authentication) throw new TypeError('A sealer needs a key.')

  return Object.freeze<Sealer>({
    seal: (purpose, value) => sealWith(encryption, JSON.stringify({ value, aud: purpose })),
    open(purpose, sealed) {
      for (const key of [encryption, ...formerEncryption]) {
        const opened = openWith(key, sealed)
        if (opened)
          return opened['aud'] === purpose && isObject(opened['value']) ? opened['value'] : undefined
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

function derive(key: string, relyingParty: string, use: string): KeyObject {
  const bytes = hkdfSync('sha256', Buffer.from(key, 'base64url'), relyingParty, use, 32)
  return createSecretKey(new Uint8Array(bytes))
}

/** Encrypts a text as a compact JWE without a wrapped key (RFC 7516 §3.1, §5.1). */
function sealWith(key: KeyObject, text: string): string {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
  cipher.setAAD(Buffer.from(HEADER))
  const content = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  const parts = [iv, content, cipher.getAuthTag()].map(part => part.toString('base64url'))
  return [HEADER, '', ...parts].join('.')
}

/** Decrypts what {@link sealWith} has made, or returns `undefined` if it was sealed with another key, or was changed. */
function openWith(key: KeyObject, sealed: string): JsonObject | undefined {
  const [header, wrapped, ...parts] = sealed.split('.')
  const [iv, content, tag] = parts.map(part => Buffer.from(part, 'base64url'))
  if (header !== HEADER || wrapped !== '' || parts.length !== 3 || !iv || !content || !tag) return undefined
  if (iv.length !== IV_BYTES || tag.length !== TAG_BYTES) return undefined
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
  decipher.setAAD(Buffer.from(HEADER)).setAuthTag(tag)
  const text = decipher.update(content)
  try {
    decipher.final()
  } catch {
    return undefined // the tag is not that of this content under this key
  }
  const opened = parseJson(text.toString('utf8'))
  return isObject(opened) ? opened : undefined
}

function authenticate(key: KeyObject, purpose: string, random: string): string {
  const mac = createHmac('sha256', key).update(`${purpose}\n${random}`).digest()
  return mac.subarray(0, MAC_BYTES).toString('base64url')
}

function isTokenOf(key: KeyObject, purpose: string, text: string): boolean {
  const length = Math.ceil((RANDOM_BYTES * 4) / 3)
  const claimed = Buffer.from(text.slice(length))
  const expected = Buffer.from(authenticate(key, purpose, text.slice(0, length)))
  return claimed.length === expected.length && timingSafeEqual(claimed, expected)
}
