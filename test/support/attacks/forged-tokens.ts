import { createPublicKey, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto'
import type { JWK } from 'jose'
import { json, type ScriptedProvider } from '../scripted-provider.ts'

let made: KeyObject | undefined

/** An RSA key that is no provider's, the same one for the whole process: making one takes long. */
export function attackersKey(): KeyObject {
  made ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  return made
}

export function publicJwk(key: KeyObject): JWK {
  return createPublicKey(key).export({ format: 'jwk' })
}

export const part = (value: object | string | Buffer): string =>
  Buffer.from(typeof value === 'object' && !Buffer.isBuffer(value) ? JSON.stringify(value) : value).toString(
    'base64url',
  )

/** Signs any header and any bytes with RS256. */
export function signRaw(key: KeyObject, header: object | string, payload: object | string | Buffer): string {
  const signed = `${part(header)}.${part(payload)}`
  return `${signed}.${signBytes('sha256', Buffer.from(signed), key).toString('base64url')}`
}

let trusted: KeyObject | undefined

/** Lets a provider publish one more key, with which any header and any bytes can be signed. */
export function publishKey(provider: ScriptedProvider): KeyObject {
  trusted ??= generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const jwk = { ...publicJwk(trusted), kid: 'published', alg: 'RS256', use: 'sig' }
  provider.answer('jwks', json({ keys: [...provider.keys, jwk] }))
  return trusted
}
