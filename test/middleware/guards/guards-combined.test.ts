import { describe, expect, test } from 'vitest'
import {
  allOf,
  anyOf,
  type Guard,
  not,
  requireAcr,
  requireAmr,
  requireRecentLogin,
  requireRoles,
  requireThat,
  requireUser,
  requireVot,
} from '../../../src/index.ts'
import type { Decision } from '../../../src/middleware/guards/decision.ts'
import { decide, visit } from '../../support/guards/visit.ts'

const yes = requireThat(() => true)
const no = requireThat(() => false)
const stronger = requireAcr('gold')
const broken = requireThat(() => Promise.reject(new Error('the database is away')))

type Kind = Decision['kind']

const combined: readonly (readonly [what: string, guard: Guard, signedIn: Kind])[] = [
  ['anyOf(yes)', anyOf(yes), 'pass'],
  ['anyOf(no, yes)', anyOf(no, yes), 'pass'],
  ['anyOf(yes, broken)', anyOf(yes, broken), 'pass'],
  ['anyOf(no, no)', anyOf(no, no), 'forbidden'],
  ['anyOf(no, stronger)', anyOf(no, stronger), 'step-up'],
  ['anyOf(stronger, no)', anyOf(stronger, no), 'step-up'],
  ['anyOf(stronger, yes)', anyOf(stronger, yes), 'pass'],
  ['allOf(yes)', allOf(yes), 'pass'],
  ['allOf(yes, yes)', allOf(yes, yes), 'pass'],
  ['allOf(yes, no)', allOf(yes, no), 'forbidden'],
  ['allOf(no, broken)', allOf(no, broken), 'forbidden'],
  ['allOf(yes, stronger)', allOf(yes, stronger), 'step-up'],
  ['allOf(stronger, no)', allOf(stronger, no), 'forbidden'],
  ['not(yes)', not(yes), 'forbidden'],
  ['not(no)', not(no), 'pass'],
  ['not(stronger)', not(stronger), 'pass'],
  ['not(not(yes))', not(not(yes)), 'pass'],
  ['not(requireUser())', not(requireUser()), 'forbidden'],
  ['anyOf(allOf(yes, no), not(no))', anyOf(allOf(yes, no), not(no)), 'pass'],
  ['allOf(anyOf(no, yes), not(yes))', allOf(anyOf(no, yes), not(yes)), 'forbidden'],
]

describe.each(combined)('%s', (_, guard, expected) => {
  test(`says to a signed-in user: ${expected}`, async () => {
    expect(await decide(guard, { user: { sub: '1' }, claims: {} })).toBe(expected)
  })

  test('says to an anonymous visitor that he must sign in, whatever the rule', async () => {
    expect(await decide(guard, {})).toBe('unauthenticated')
  })
})

test.each([
  ['anyOf(no, broken)', anyOf(no, broken)],
  ['anyOf(broken, yes)', anyOf(broken, yes)],
  ['allOf(yes, broken)', allOf(yes, broken)],
  ['not(broken)', not(broken)],
])('%s fails as the broken one does, and lets nobody in', async (_, guard) => {
  await expect(decide(guard, { user: { sub: '1' } })).rejects.toThrow('the database is away')
})

describe('what a sign-in must be', () => {
  test.each<[string, Guard, object]>([
    [
      'the one of the first that asks',
      anyOf(requireRoles('a'), stronger, requireAmr('otp')),
      { acrValues: ['gold'] },
    ],
    [
      'all that is asked for',
      allOf(stronger, requireRecentLogin({ maxAge: 9 })),
      { acrValues: ['gold'], maxAge: 9 },
    ],
    [
      'the shortest time',
      allOf(requireRecentLogin({ maxAge: 9 }), requireRecentLogin({ maxAge: 5 })),
      { maxAge: 5 },
    ],
    [
      'a vector that all accept, beside a class',
      allOf(requireVot('Cl Cl.Cm'), stronger, requireVot('Cl.Cm Ck')),
      { acrValues: ['gold'], vtr: ['Cl.Cm'] },
    ],
    ['a class that all accept', allOf(requireAcr('a b c'), requireAcr('d c b')), { acrValues: ['b', 'c'] }],
    [
      'the first class, if none is accepted by all',
      allOf(requireAcr('a'), requireAcr('b')),
      { acrValues: ['a'] },
    ],
  ])('is %s', async (_, guard, stepUp) => {
    const decision = await guard.decide(visit({ user: { sub: '1' }, claims: {} }))
    expect(decision).toEqual({ kind: 'step-up', stepUp })
  })
})

describe('a predicate', () => {
  test('sees the claims and the request', async () => {
    const seen: unknown[] = []
    const user = { sub: '1', level: 3 }
    const request = visit({ user })
    const guard = requireThat((claims, req) => seen.push(claims, req) > 0)
    expect((await guard.decide(request)).kind).toBe('pass')
    expect(seen).toEqual([user, request])
  })

  test('is not asked about an anonymous visitor', async () => {
    const guard = requireThat(() => {
      throw new Error('It was asked.')
    })
    expect(await decide(guard, {})).toBe('unauthenticated')
  })

  test.each([[undefined], [null], [1], ['yes'], [{}], [new Error('no')], [Promise.resolve('true')]])(
    'that answers %o instead of true or false lets nobody in',
    async answer => {
      const guard = requireThat((() => answer) as never)
      const decided = decide(guard, { user: { sub: '1' } })
      await expect(decided).rejects.toMatchObject({ code: 'ERR_OIDC_INVALID_OPTION', status: 500 })
    },
  )
})

test.each([
  [{ user: { sub: '1' }, oidc: { isAuthenticated: false } }],
  [{ user: { sub: '1' }, oidc: { isAuthenticated: () => true } }],
  [{ user: { sub: '1' }, oidc: {} }],
  [{ oidc: { isAuthenticated: true } }],
])('%j is nobody who signed in here', async req => {
  expect(await requireUser().decide(req as never)).toEqual({ kind: 'unauthenticated' })
})

test('a request that has not passed the middleware is not decided on', async () => {
  for (const guard of [requireUser(), anyOf(yes), allOf(yes), not(no), stronger]) {
    const decided = guard.decide({ user: { sub: '1' } } as never)
    await expect(decided).rejects.toMatchObject({ code: 'ERR_OIDC_MIDDLEWARE_MISSING' })
  }
})
