import { describe, expect } from 'vitest'
import { expectRefusedSignIn, test } from '../../support/flow.ts'
import type { ScriptedProvider } from '../../support/scripted-provider.ts'

type Hook = ScriptedProvider['signedResponse']

const signed = { relyingParty: { responseMode: 'jwt' } } as const
const INVALID = [400, 'ERR_OIDC_CALLBACK_INVALID'] as const
const now = (): number => Math.floor(Date.now() / 1_000)

/** JARM §2.4, and RFC 8725: each differs in one thing from a response that is accepted. */
const wrong: readonly (readonly [string, (provider: ScriptedProvider) => Hook])[] = [
  [
    'of another issuer',
    () => (claims, header) => ({ claims: { ...claims, iss: 'https://evil.test' }, header }),
  ],
  [
    'without an issuer',
    () =>
      ({ iss: _, ...claims }, header) => ({ claims, header }),
  ],
  ['for another client', () => (claims, header) => ({ claims: { ...claims, aud: 'another' }, header })],
  [
    'for one more client',
    () => (claims, header) => ({ claims: { ...claims, aud: [claims['aud'], 'another'] }, header }),
  ],
  [
    'for nobody',
    () =>
      ({ aud: _, ...claims }, header) => ({ claims, header }),
  ],
  ['that has expired', () => (claims, header) => ({ claims: { ...claims, exp: now() - 60 }, header })],
  [
    'that never expires',
    () =>
      ({ exp: _, ...claims }, header) => ({ claims, header }),
  ],
  ['that nobody has signed', () => (claims, header) => ({ claims, header: { ...header, alg: 'none' } })],
  [
    'signed by a secret',
    provider => (claims, header) =>
      provider.sign(claims, { ...header, alg: 'HS256' }, Buffer.from('a secret of 32 bytes or even more')),
  ],
  [
    'signed by another algorithm',
    () => (claims, header) => ({ claims, header: { ...header, alg: 'RS384' } }),
  ],
  ['with an unknown key', () => (claims, header) => ({ claims, header: { ...header, kid: 'unknown' } })],
  ['of another type', () => (claims, header) => ({ claims, header: { ...header, typ: 'logout+jwt' } })],
  [
    'with a changed signature',
    provider => async (claims, header) => `${(await provider.sign(claims, header)).slice(0, -6)}AAAAAA`,
  ],
  ['that is no JWT', () => () => 'a.b.c'],
  [
    'without a state',
    () =>
      ({ state: _, ...claims }, header) => ({ claims, header }),
  ],
  [
    'without a code',
    () =>
      ({ code: _, ...claims }, header) => ({ claims, header }),
  ],
]

describe('a signed authorization response', () => {
  test.for(wrong)('%s signs nobody in', async ([, hookFor], { provider, start, browser }) => {
    const app = await start(signed)
    provider.signedResponse = hookFor(provider)
    await expectRefusedSignIn(INVALID, { provider, app, browser }, () =>
      expect(provider.requestsTo('token')).toHaveLength(0),
    )
  })
})
