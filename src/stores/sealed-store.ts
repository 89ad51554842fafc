import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { OidcError } from '../vocabulary/errors.ts'
import { storeOptionError, verifyOptionNames } from './client-arguments.ts'
import { describeStore, isStore, type Store } from './store.ts'

/** Options of {@link sealedStore}. */
export interface SealedStoreOptions {
  /** Whether to read unsealed values too, while a store that contains some is migrated. Default `false`. */
  readonly allowUnsealed?: boolean
}

interface SealingKey {
  /** Identifies the key in sealed values, and reveals nothing else about it. */
  readonly id: string
  readonly secret: Buffer
}

/** The first characters of every sealed value, in any version of this library. */
const SEALED = 'sealed.'
const FORMAT = `${SEALED}1`
const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
const IV_BYTES = 12
const TAG_BYTES = 16
/** 32 random bytes hold about 30 different ones. */
const DIFFERENT_BYTES = 16

/**
 * Wraps a store so that its values are encrypted at rest with AES-256-GCM. A value can be opened only under its own key:
 * an attacker with write access cannot swap values, but can restore an old one. The store's keys are not encrypted.
 *
 * Each of `keys` is 32 random bytes (`openssl rand -base64 32`), as bytes, base64, base64url or hex. The first one
 * seals; all of them open. To rotate: add the new key last on every replica, then move it to the front; remove the old
 * one when nothing sealed with it is left. Sealing makes a value about a third longer.
 *
 * @example
 * ```ts
 * const keys = (process.env['OIDC_SEALING_KEYS'] ?? '').split(',')
 * app.use(relyingParty({ issuer, baseUrl, store: sealedStore(embeddedStore('/var/lib/shop'), keys) }))
 * ```
 * @throws `ERR_OIDC_INVALID_OPTION` if a key is not 32 random bytes. Reading rejects with `ERR_OIDC_STORE_CORRUPT` if no
 * key opens a value.
 */
export function sealedStore(
  store: Store,
  keys: readonly (string | Uint8Array)[],
  options: SealedStoreOptions = {},
): Store {
  if (!isStore(store))
    throw storeOptionError('sealedStore', 'the first argument must be a store, such as embeddedStore()')
  verifyOptionNames('sealedStore', options, ['allowUnsealed'])
  const sealingKeys = readKeys(keys)
  const [newest] = sealingKeys
  if (!newest) throw storeOptionError('sealedStore', 'keys must be an array of at least one key')
  const about = describeStore(store)
  const isPlain = (stored: string): boolean => options.allowUnsealed === true && !stored.startsWith(SEALED)

  return Object.freeze<Store>({
    ...about,
    async get(key) {
      const found = await store.get(key)
      if (!found || isPlain(found.value)) return found
      try {
        return { value: open(key, found.value, sealingKeys), version: found.version }
      } catch (error) {
        const what = `A value of the kind "${key.replace(/:.*/s, '')}" in the store in ${about.location}`
        throw new OidcError('ERR_OIDC_STORE_CORRUPT', { message: `${what} ${reasonOf(error)}` })
      }
    },
    set: async (key, value, setOptions) => store.set(key, seal(key, value, newest), setOptions),
    delete: async (key, deleteOptions) => store.delete(key, deleteOptions),
  })
}

/** Says why a value cannot be opened. */
class SealError extends Error {}

function reasonOf(error: unknown): string {
  if (error instanceof SealError) return error.message
  return 'was changed after it was sealed, or was sealed under a different key of the store. Restore it, or delete it to start from scratch.'
}

function seal(key: string, value: string, { id, secret }: SealingKey): string {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(CIPHER, secret, iv, { authTagLength: TAG_BYTES })
  cipher.setAAD(additionalData(key, id))
  const sealed = Buffer.concat([iv, cipher.update(value, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `${FORMAT}.${id}.${sealed.toString('base64url')}`
}

function open(key: string, stored: string, keys: readonly SealingKey[]): string {
  if (!stored.startsWith(SEALED))
    throw new SealError(
      'is not sealed. To take over a store with such values, set allowUnsealed for a while.',
    )
  if (!stored.startsWith(`${FORMAT}.`))
    throw new SealError('was sealed by a later version of this library. Use that version.')
  const [id = '', content = ''] = stored.slice(FORMAT.length + 1).split('.')
  const sealingKey = keys.find(candidate => candidate.id === id)
  if (!sealingKey) throw new SealError(missingKey(id, keys))
  const sealed = Buffer.from(content, 'base64url')
  const decipher = createDecipheriv(CIPHER, sealingKey.secret, sealed.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(additionalData(key, id))
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  const value = decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES))
  return Buffer.concat([value, decipher.final()]).toString('utf8')
}

function missingKey(id: string, keys: readonly SealingKey[]): string {
  const wanted = /^[0-9a-f]{12}$/.test(id) ? id : 'with an unreadable id'
  const given = keys.map(key => key.id).join(', ')
  return `was sealed with the key ${wanted}, which is missing: the keys given are ${given}. Add it, as the last one.`
}

/** What a value is bound to: the format, the sealing key, and the value's key in the store. */
const additionalData = (key: string, id: string): Buffer => Buffer.from(`${FORMAT}\n${id}\n${key}`)

function readKeys(keys: unknown): SealingKey[] {
  const given: readonly unknown[] = Array.isArray(keys) ? keys : []
  return given.map((key, index) => {
    const bytes = bytesOf(key)
    const fault = faultOf(bytes)
    if (bytes && !fault) return derive(bytes)
    const rule = `keys[${index}] must be 32 random bytes, as bytes, base64, base64url or hex, and ${fault}`
    throw storeOptionError('sealedStore', `${rule}. Make one by: openssl rand -base64 32`)
  })
}

/** What is wrong with a key's bytes. 32 random bytes are all letters only once in 10^13 times. */
function faultOf(bytes: Buffer | undefined): string | undefined {
  if (!bytes) return 'is none of them'
  if (bytes.length !== KEY_BYTES) return `has ${bytes.length} bytes`
  if (bytes.every(byte => byte >= 0x20 && byte < 0x7f)) return 'is a text'
  return new Set(bytes).size < DIFFERENT_BYTES ? 'is not random' : undefined
}

function bytesOf(key: unknown): Buffer | undefined {
  if (key instanceof Uint8Array) return Buffer.from(key)
  if (typeof key !== 'string') return undefined
  if (/^[0-9a-f]+$/i.test(key) && key.length % 2 === 0) return Buffer.from(key, 'hex')
  const bytes = Buffer.from(key, 'base64url') // accepts both alphabets
  const text = key.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
  return bytes.toString('base64url') === text ? bytes : undefined
}

/** Derives the encryption key and its id from a key (RFC 5869), so that using the same key elsewhere does no harm. */
function derive(key: Buffer): SealingKey {
  const expand = (use: string, length: number): Buffer =>
    Buffer.from(hkdfSync('sha256', key, '', `express-oidc-rp store ${use}`, length))
  return { id: expand('key id', 6).toString('hex'), secret: expand(CIPHER, KEY_BYTES) }
}
