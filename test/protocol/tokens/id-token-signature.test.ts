import { createPublicKey, generateKeyPairSync, type KeyObject, sign as signBytes } from 'node:crypto'
import { describe, expect } from 'vitest'
import { expectRefusedSignIn, expectSignIn, test } from '../../support/flow.ts'
import { json, type ScriptedProvider } from '../../support/scripted-provider.ts'

const INVALID = [400, 'ERR_OIDC_ID_TOKEN_INVALID'] as const

type Hook = ScriptedProvider['idToken']
type Claims = Parameters<Hook>[0]
type Header = Parameters<Hook>[1]
type Forge = (claims: Claims, header: Header, provider: ScriptedProvider) => ReturnType<Hook>

/** Each differs from a good token in its header, its signature or its form. */
const badTokens: readonly (readonly [string, Forge])[] = [
  ['by another key', (claims, header, { sign }) => sign(claims, header, rsaKey())],
  ['by nobody', (claims, header) => ({ claims, header: { ...header, alg: 'none' } })],
  [
    'by nobody, under the name NonE',
    (claims, header) => `${part({ ...header, alg: 'NonE' })}.${part(claims)}.`,
  ],
  [
    'by the client secret',
    (claims, header, { sign, clients }) =>
      sign(claims, { ...header, alg: 'HS256' }, secretOf(clients, claims)),
  ],
  [
    'by the public key as a secret',
    (claims, header, { sign, keys }) =>
      sign(claims, { ...header, alg: 'HS256' }, Buffer.from(JSON.stringify(keys[0]))),
  ],
  [
    'by an algorithm that was not registered',
    (claims, header) => ({ claims, header: { ...header, alg: 'RS384' } }),
  ],
  ['by a key with an unknown kid', (claims, header) => ({ claims, header: { ...header, kid: 'unknown' } })],
  ['by a key that it brings along', (claims, header) => signByBrought(claims, header)],
  ['with typ logout+jwt', (claims, header) => ({ claims, header: { ...header, typ: 'logout+jwt' } })],
  ['with typ at+jwt', (claims, header) => ({ claims, header: { ...header, typ: 'at+jwt' } })],
  ['with a typ that is a number', (claims, header) => ({ claims, header: { ...header, typ: 7 } })],
  ['with a typ that is null', (claims, header) => ({ claims, header: { ...header, typ: null } })],
  [
    'with a typ that cannot be a text',
    (claims, header) => ({ claims, header: { ...header, typ: { toString: 1, valueOf: 1 } } }),
  ],
  [
    'with a critical header that nobody knows',
    (claims, header, provider) => signByPublished(provider, claims, { ...header, crit: ['x'], x: 1 }),
  ],
  [
    'with changed claims',
    async (claims, header, { sign }) => withClaims(await sign(claims, header), { ...claims, sub: 'admin' }),
  ],
  [
    'without its signature',
    async (claims, header, { sign }) => (await sign(claims, header)).replace(/[^.]*$/, ''),
  ],
  ['with five parts', async (claims, header, { sign }) => `${await sign(claims, header)}.x.y`],
  [
    'with two parts',
    async (claims, header, { sign }) => (await sign(claims, header)).replace(/\.[^.]*$/, ''),
  ],
  ['that is no JWT', () => 'not a token'],
  ['that is 20 KB of dots', () => '.'.repeat(20_000)],
]

function rsaKey() {
  return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
}

function secretOf(clients: ScriptedProvider['clients'], { aud }: Claims): Buffer {
  return Buffer.from(String(clients.get(String(aud))?.client_secret))
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function withClaims(token: string, claims: object): string {
  return token.replace(/\.[^.]*\./, `.${part(claims)}.`)
}

/** Signs whatever header it is given; the key comes in the token itself. */
function signByBrought(claims: Claims, header: Header): string {
  const key = rsaKey()
  return signBy(key, claims, {
    ...header,
    kid: undefined,
    jwk: createPublicKey(key).export({ format: 'jwk' }),
  })
}

/** Signs whatever header it is given, with a key that the provider has published. */
function signByPublished(provider: ScriptedProvider, claims: Claims, header: Header): string {
  const key = rsaKey()
  const jwk = {
    ...createPublicKey(key).export({ format: 'jwk' }),
    kid: 'published',
    alg: 'RS256',
    use: 'sig',
  }
  provider.answer('jwks', json({ keys: [...provider.keys, jwk] }))
  return signBy(key, claims, { ...header, kid: 'published' })
}

function signBy(key: KeyObject, claims: Claims, header: Header): string {
  const signed = `${part(header)}.${part(claims)}`
  return `${signed}.${signBytes('sha256', Buffer.from(signed), key).toString('base64url')}`
}

describe('an ID token that is signed', () => {
  test.for(badTokens)('%s signs nobody in', async ([, forge], { provider, app, browser }) => {
    provider.idToken = (claims, header) => forge(claims, header, provider)
    await expectRefusedSignIn(INVALID, { provider, app, browser }, () =>
      expect(provider.requestsTo('userinfo')).toHaveLength(0),
    )
  })

  test('by another published key signs the user in', async ({ provider, app, browser }) => {
    provider.idToken = (claims, header) => signByPublished(provider, claims, header)
    await expectSignIn({ app, browser })
  })

  test.for([
    ['without typ', { typ: undefined }],
    ['with typ in small letters', { typ: 'jwt' }],
    ['with the whole media type as typ', { typ: 'application/JWT' }],
    ['without kid', { kid: undefined }],
  ] as const)('%s signs the user in', async ([, changes], { provider, app, browser }) => {
    provider.idToken = (claims, header) => ({ claims, header: { ...header, ...changes } })
    await expectSignIn({ app, browser })
  })
})
