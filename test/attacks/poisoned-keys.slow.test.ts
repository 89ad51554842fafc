import { generateKeyPairSync } from 'node:crypto'
import type { JWK } from 'jose'
import { describe } from 'vitest'
import { Browser } from '../support/browser.ts'
import { expectRefusal, expectSignIn, test } from '../support/flow.ts'
import { json } from '../support/scripted-provider.ts'

const rsa = (modulusLength: number, publicExponent = 65_537): JWK =>
  generateKeyPairSync('rsa', { modulusLength, publicExponent }).publicKey.export({ format: 'jwk' })
const signing = { alg: 'RS256', use: 'sig' }
const exponentOne: JWK = { ...rsa(2_048), e: 'AQ' }
const offCurve: JWK = { kty: 'EC', crv: 'P-256', x: 'AQ'.padEnd(43, 'A'), y: 'AQ'.padEnd(43, 'A') }
const notHere: JWK = { kty: 'EC', crv: 'P-999', x: 'AA', y: 'AA' }

type Poison = (good: JWK) => unknown[]

/** Keys beside the one that signs, most of them under its name. */
const beside: readonly (readonly [string, Poison])[] = [
  ['a shared secret', ({ kid }) => [{ kty: 'oct', k: 'c2VjcmV0', kid, alg: 'HS256' }]],
  ['a key for encryption', ({ kid }) => [{ ...rsa(2_048), kid, use: 'enc' }]],
  ['another good key', ({ kid }) => [{ ...rsa(2_048), ...signing, kid }]],
  ['five good keys', ({ kid }) => Array.from({ length: 5 }, () => ({ ...rsa(2_048), ...signing, kid }))],
  ['an RSA key of 1024 bits', ({ kid }) => [{ ...rsa(1_024), ...signing, kid }]],
  ['an RSA key whose exponent is 1', ({ kid }) => [{ ...exponentOne, ...signing, kid }]],
  ['an RSA key without a modulus', ({ kid }) => [{ kty: 'RSA', e: 'AQAB', ...signing, kid }]],
  ['a point that is not on its curve', ({ kid }) => [{ ...offCurve, kid, use: 'sig' }]],
  ['a curve that nobody knows', ({ kid }) => [{ ...notHere, kid, use: 'sig' }]],
  [
    'a private key',
    ({ kid }) => [
      {
        ...generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ format: 'jwk' }),
        ...signing,
        kid,
      },
    ],
  ],
  ['members that are no keys', () => [null, 7, 'key', [], {}, { kty: 7 }]],
  ['10,000 shared secrets', () => Array.from({ length: 10_000 }, () => ({ kty: 'oct', k: 'AA' }))],
]

describe.for(['before', 'behind'])('keys of a provider %s the one that signs', place => {
  test.for(beside)('%s, get in nobody’s way', async ([, poison], { provider, start, browser }) => {
    const [good] = provider.keys
    if (!good) throw new Error('The provider has no key.')
    const bad = poison(good)
    provider.answer('jwks', json({ keys: place === 'before' ? [...bad, good] : [good, ...bad] }))
    const app = await start()
    await expectSignIn({ app, browser })
  })
})

describe('keys of a provider that are', () => {
  test.for([
    ['too short', { ...rsa(1_024), ...signing }],
    ['with an exponent of 1', { ...exponentOne, ...signing }],
    [
      'published with their private part',
      {
        ...generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ format: 'jwk' }),
        ...signing,
      },
    ],
    ['off their curve', { ...offCurve, use: 'sig' }],
  ] as const)('%s sign nobody in', async ([, key], { provider, app, browser }) => {
    const kid = provider.keys[0]?.kid
    provider.answer('jwks', json({ keys: [{ ...key, kid }] }))
    await expectRefusal(await browser.open(`${app.url}/private`), [503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'], {
      app,
      browser,
    })
    provider.answer('jwks', undefined)
    await expectSignIn({ app, browser: new Browser() })
  })

  test('more than a hundred count no further', async ({ provider, app, browser }) => {
    const other = rsa(2_048)
    const keys = (count: number): JWK[] =>
      Array.from({ length: count }, (_, index) => ({ ...other, kid: `k${index}` }))
    provider.answer('jwks', json({ keys: [...keys(100), ...provider.keys] }))
    await expectRefusal(await browser.open(`${app.url}/private`), [400, 'ERR_OIDC_ID_TOKEN_INVALID'], {
      app,
      browser,
    })
    provider.answer('jwks', json({ keys: [...keys(99), ...provider.keys] }))
    await expectSignIn({ app, browser: new Browser() })
  })
})

test('a token without kid finds its key among a hundred', async ({ provider, app, browser }) => {
  const keys = Array(99).fill({ ...rsa(2_048), ...signing })
  provider.answer(
    'jwks',
    json({ keys: [...keys, ...provider.keys.map(key => ({ ...key, kid: undefined }))] }),
  )
  provider.idToken = (claims, header) => ({ claims, header: { ...header, kid: undefined } })
  await expectSignIn({ app, browser })
})
