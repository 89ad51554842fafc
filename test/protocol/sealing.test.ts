import { hkdfSync } from 'node:crypto'
import { EncryptJWT, jwtDecrypt } from 'jose'
import { describe, expect, test } from 'vitest'
import { buildSealer, buildSealingKey } from '../../src/protocol/sealing.ts'

const key = buildSealingKey()
const sealer = buildSealer([key], 'this app')
const value = { nonce: 'the-nonce', parameters: { login_hint: 'Zoë 🙂' }, stepUps: [], startedAt: 1 }

/** The key that `jose` takes, derived as RFC 5869 describes. */
const derived = new Uint8Array(
  hkdfSync('sha256', Buffer.from(key, 'base64url'), 'this app', 'express-oidc-rp seal', 32),
)

function sealByJose(header: { readonly [name: string]: string }, secret = derived): Promise<string> {
  return new EncryptJWT({ value })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', ...header })
    .setAudience('purpose')
    .encrypt(secret)
}

describe('a sealed value', () => {
  test('is opened for the purpose that it was sealed for', () => {
    expect(sealer.open('purpose', sealer.seal('purpose', value))).toEqual(value)
    expect(sealer.open('another', sealer.seal('purpose', value))).toBeUndefined()
  })

  test('is a JWE that jose reads', async () => {
    const { payload, protectedHeader } = await jwtDecrypt(sealer.seal('purpose', value), derived, {
      audience: 'purpose',
    })
    expect(protectedHeader).toEqual({ alg: 'dir', enc: 'A256GCM' })
    expect(payload).toEqual({ value, aud: 'purpose' })
  })

  test('may have been sealed by jose', async () => {
    expect(sealer.open('purpose', await sealByJose({}))).toEqual(value)
  })

  test('is opened by every key, and by no other relying party', () => {
    const sealed = sealer.seal('purpose', value)
    expect(buildSealer([buildSealingKey(), key], 'this app').open('purpose', sealed)).toEqual(value)
    expect(buildSealer([buildSealingKey()], 'this app').open('purpose', sealed)).toBeUndefined()
    expect(buildSealer([key], 'another app').open('purpose', sealed)).toBeUndefined()
  })

  test('never looks the same twice', () => {
    expect(sealer.seal('purpose', value)).not.toBe(sealer.seal('purpose', value))
  })

  test.each([0, 1, 2, 3, 4])('is not opened when part %i was changed', index => {
    const parts = sealer.seal('purpose', value).split('.')
    const part = parts[index] ?? ''
    parts[index] = part.startsWith('A') ? `B${part.slice(1)}` : `A${part.slice(1)}`
    expect(sealer.open('purpose', parts.join('.'))).toBeUndefined()
  })

  test.each<[string, (parts: string[]) => string[]]>([
    ['a shorter tag', ([a = '', b = '', c = '', d = '', tag = '']) => [a, b, c, d, tag.slice(0, 16)]],
    [
      'a shorter initialization vector',
      ([a = '', b = '', iv = '', ...rest]) => [a, b, iv.slice(0, 8), ...rest],
    ],
    ['no tag', parts => parts.slice(0, 4)],
    ['a sixth part', parts => [...parts, 'AAAA']],
    ['no content', ([a = '', b = '', c = '', , e = '']) => [a, b, c, '', e]],
    ['nothing', () => []],
  ])('is not opened with %s', (_, change) => {
    const parts = sealer.seal('purpose', value).split('.')
    expect(sealer.open('purpose', change(parts).join('.'))).toBeUndefined()
  })

  test('is not opened with another header, although the key is right', async () => {
    expect(sealer.open('purpose', await sealByJose({ typ: 'JWT' }))).toBeUndefined()
    expect(sealer.open('purpose', await sealByJose({ enc: 'A128GCM' }, derived.slice(0, 16)))).toBeUndefined()
  })
})
