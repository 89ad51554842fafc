import { createHmac, createPublicKey, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CompactEncrypt } from 'jose'
import { describe, expect } from 'vitest'
import { attackersKey, part, publicJwk, publishKey, signRaw } from '../support/attacks/forged-tokens.ts'
import { expectRefusedSignIn, expectSignIn, test } from '../support/flow.ts'
import type { ScriptedProvider } from '../support/scripted-provider.ts'

const INVALID = [400, 'ERR_OIDC_ID_TOKEN_INVALID'] as const

type Hook = ScriptedProvider['idToken']
type Forge = (
  claims: Parameters<Hook>[0],
  header: Parameters<Hook>[1],
  provider: ScriptedProvider,
) => string | Promise<string>

/** Signs by HMAC with what is public. */
const hmac = (claims: object, header: object, key: string | Buffer): string => {
  const signed = `${part({ ...header, alg: 'HS256' })}.${part(claims)}`
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`
}

const keyOf = ({ keys: [jwk = {}] }: ScriptedProvider) => createPublicKey({ key: jwk, format: 'jwk' })

/** A JWE whose content is a JWT: everyone who knows the public key can make one. */
const encrypt = (
  content: string,
  header: object,
  key: ReturnType<typeof keyOf> | Uint8Array,
): Promise<string> =>
  new CompactEncrypt(Buffer.from(content))
    .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', ...header })
    .encrypt(key)

const unsigned = (claims: object): string => `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`

const forged: readonly (readonly [string, Forge])[] = [
  ...['none', 'None', 'nOnE', 'NONE', '', ' none'].map(
    alg =>
      [
        `by nobody, with the alg "${alg}"`,
        (claims, header) => `${part({ ...header, alg })}.${part(claims)}.`,
      ] as [string, Forge],
  ),
  ['by nobody, without alg', (claims, header) => `${part({ ...header, alg: undefined })}.${part(claims)}.`],
  ['with one byte as signature', (claims, header) => `${part(header)}.${part(claims)}.AA`],
  [
    'by the public key in PEM',
    (claims, header, provider) =>
      hmac(claims, header, keyOf(provider).export({ type: 'spki', format: 'pem' })),
  ],
  [
    'by the public key in PKCS 1',
    (claims, header, provider) =>
      hmac(claims, header, keyOf(provider).export({ type: 'pkcs1', format: 'pem' })),
  ],
  [
    'by the public key in DER',
    (claims, header, provider) =>
      hmac(claims, header, keyOf(provider).export({ type: 'spki', format: 'der' })),
  ],
  [
    'by the modulus of the public key',
    (claims, header, { keys: [key] }) => hmac(claims, header, Buffer.from(key?.n ?? '', 'base64url')),
  ],
  ['by an empty secret', (claims, header) => hmac(claims, header, '')],
  ['by the id of the client', (claims, header) => hmac(claims, header, String(claims.aud))],
  [
    'by another key, under the kid of the right one',
    (claims, header) => signRaw(attackersKey(), header, claims),
  ],
  [
    'by the key in jwk',
    (claims, header) => signRaw(attackersKey(), { ...header, jwk: publicJwk(attackersKey()) }, claims),
  ],
  [
    'with a chain of certificates',
    (claims, header) =>
      signRaw(attackersKey(), { ...header, x5c: [part('x')], x5t: 'x', 'x5t#S256': 'x' }, claims),
  ],
  ...(
    [
      ['a path', '../../../../dev/null'],
      ['a query of a database', "' UNION SELECT 'key'--"],
      ['a prototype', '__proto__'],
      ['another one of its members', 'constructor'],
      ['10 KB', 'k'.repeat(10_000)],
      ['a number', 7],
      ['an object', {}],
      ['a list', ['published']],
      ['true', true],
      ['empty', ''],
    ] as const
  ).map(
    ([name, kid]) =>
      [
        `with a kid that is ${name}`,
        (claims, header) => signRaw(attackersKey(), { ...header, kid }, claims),
      ] as [string, Forge],
  ),
  [
    'without base64 in its payload',
    (claims, header, provider) =>
      signRaw(publishKey(provider), { ...header, kid: 'published', b64: false, crit: ['b64'] }, claims),
  ],
  [
    'with a list of no critical members',
    (claims, header, provider) =>
      signRaw(publishKey(provider), { ...header, kid: 'published', crit: [] }, claims),
  ],
  [
    'with critical members that are no list',
    (claims, header, provider) =>
      signRaw(publishKey(provider), { ...header, kid: 'published', crit: 'exp' }, claims),
  ],
  [
    'with four parts',
    (claims, header, provider) =>
      `${signRaw(publishKey(provider), { ...header, kid: 'published' }, claims)}.`,
  ],
  [
    'with six parts',
    (claims, header, provider) =>
      `${signRaw(publishKey(provider), { ...header, kid: 'published' }, claims)}...`,
  ],
  [
    'inside a JWE, by nobody',
    (claims, _header, provider) => encrypt(unsigned(claims), { cty: 'JWT' }, keyOf(provider)),
  ],
  ['as claims in a JWE', (claims, _header, provider) => encrypt(JSON.stringify(claims), {}, keyOf(provider))],
  [
    'inside a JWE with a key of its own',
    claims => encrypt(unsigned(claims), { alg: 'dir' }, randomBytes(32)),
  ],
  [
    'inside a JWE by a password with two billion rounds',
    claims =>
      `${part({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 2 ** 31 - 1, p2s: 'AAAA', cty: 'JWT' })}.${part('k'.repeat(24))}.${part('iv'.repeat(6))}.${part(unsigned(claims))}.${part('t'.repeat(16))}`,
  ],
]

describe('an ID token', () => {
  test.for(forged)('%s signs nobody in', async ([, forge], { provider, app, browser }) => {
    provider.idToken = (claims, header) => forge(claims, header, provider)
    const began = performance.now()
    await expectRefusedSignIn(INVALID, { provider, app, browser }, () => {
      expect(provider.requestsTo('userinfo')).toHaveLength(0)
      expect(provider.requestsTo('jwks').length).toBeLessThanOrEqual(2)
    })
    expect(performance.now() - began).toBeLessThan(20_000) // two billion rounds take minutes
  })

  test.for(['jku', 'x5u'])(
    'that names an address in %s has nothing fetched from there',
    async (name, { provider, app, browser, onTestFinished }) => {
      let fetched = 0
      const jwks = { keys: [{ ...publicJwk(attackersKey()), kid: 'evil', alg: 'RS256', use: 'sig' }] }
      const server = createServer(
        (_request, response) =>
          void response.end(JSON.stringify(jwks), () => {
            fetched += 1
          }),
      ).listen(0)
      onTestFinished(() => void server.close())
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`
      provider.idToken = (claims, header) =>
        signRaw(attackersKey(), { ...header, kid: 'evil', [name]: address }, claims)
      await expectRefusedSignIn(INVALID, { provider, app, browser })
      expect(fetched).toBe(0)
    },
  )

  test('by a published key signs the user in', async ({ provider, app, browser }) => {
    provider.idToken = (claims, header) =>
      signRaw(publishKey(provider), { ...header, kid: 'published' }, claims)
    await expectSignIn({ app, browser })
  })
})
