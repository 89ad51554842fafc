import { generateKeyPair, importJWK } from 'jose'
import { describe, expect } from 'vitest'
import { stopClock } from '../../support/clock.ts'
import { accessToken } from '../../support/tokens/bearer.ts'
import { expectRefused, NONCE, PROOF, test } from '../../support/tokens/bearer-dpop-flow.ts'
import { type DpopCaller, dpopCaller, type ProofChange } from '../../support/tokens/dpop-caller.ts'

stopClock()

const now = (): number => Math.floor(Date.now() / 1_000)
const secret = new TextEncoder().encode('a secret of thirty-two characters')
const oct = { kty: 'oct', k: Buffer.from(secret).toString('base64url') }

/** Each differs from a right proof in one thing. */
const wrong: readonly (readonly [
  string,
  (program: DpopCaller, url: string) => ProofChange | Promise<ProofChange>,
])[] = [
  ['for another method', () => ({ claims: { htm: 'POST' } })],
  ['for a method in small letters', () => ({ claims: { htm: 'get' } })],
  ['without method', () => ({ claims: { htm: undefined } })],
  ['for another path', (_, url) => ({ claims: { htu: `${url}/api/read` } })],
  ['for another host', () => ({ claims: { htu: 'https://evil.example/api' } })],
  ['for another scheme', (_, url) => ({ claims: { htu: `${url.replace('http:', 'https:')}/api` } })],
  ['for a path alone', () => ({ claims: { htu: '/api' } })],
  ['without URL', () => ({ claims: { htu: undefined } })],
  ['for another token', () => ({ claims: { ath: 'x'.repeat(43) } })],
  ['for no token', () => ({ claims: { ath: undefined } })],
  ['without jti', () => ({ claims: { jti: undefined } })],
  ['with an empty jti', () => ({ claims: { jti: '' } })],
  ['with a number as jti', () => ({ claims: { jti: 7 } })],
  ['without iat', () => ({ claims: { iat: undefined } })],
  ['made five minutes ago', () => ({ claims: { iat: now() - 301 } })],
  ['made in five minutes', () => ({ claims: { iat: now() + 302 } })],
  ['with a text as iat', () => ({ claims: { iat: String(now()) } })],
  ['that has expired', () => ({ claims: { exp: now() - 60 } })],
  ['of the type JWT', () => ({ header: { typ: 'JWT' } })],
  ['without type', () => ({ header: { typ: undefined } })],
  ['signed by another key', async () => ({ key: (await generateKeyPair('ES256')).privateKey })],
  ['of another key', async () => signedBy(await dpopCaller())],
  ['without key', () => ({ header: { jwk: undefined } })],
  ['with a key that is a text', () => ({ header: { jwk: 'key' } })],
  ['with a private key', ({ privateJwk }) => ({ header: { jwk: privateJwk } })],
  ['with a secret', () => ({ header: { alg: 'HS256', jwk: oct }, key: secret })],
]

async function signedBy({ publicJwk, privateJwk }: DpopCaller): Promise<ProofChange> {
  return { header: { jwk: publicJwk }, key: await importJWK(privateJwk, 'ES256') }
}

describe('a proof', () => {
  test.for(wrong)('%s is refused', async ([, change], { api, program, token }) => {
    const made = await change(program, api.url)
    expectRefused(await program.call(api, '/api', token, made), api, PROOF)
    expect((await program.call(api, '/who', token, made)).body).toMatchObject({
      isAuthenticated: false,
      user: null,
    })
    expect((await program.call(api, '/api', token)).status).toBe(200)
  })
})

test.for(['ES256', 'PS256', 'RS256', 'EdDSA', 'ES384'])(
  'a token may be bound to a key for %s',
  async (alg, { api, provider }) => {
    const program = await dpopCaller(alg)
    const token = await accessToken(provider, { cnf: { jkt: program.jkt } })
    expectRefused(await program.call(api, '/api', token), api, NONCE)
    expect((await program.call(api, '/api', token)).status).toBe(200)
  },
)
