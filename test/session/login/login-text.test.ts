import { describe, expect, test } from 'vitest'
import type { Login } from '../../../src/session/login/login.ts'
import { formatLogin, parseLogin } from '../../../src/session/login/login-text.ts'
import { changeValue, LETTERS } from '../../support/login-text.ts'

const claims = { iss: 'https://op.example', aud: 'client', sub: '1', iat: 1_800_000_000, exp: 1_800_003_600 }
let count = 0

function login(change: Partial<Login> = {}): Login {
  count += 1
  return {
    id: `${count}`.padEnd(36, '-'),
    sessionId: 'session',
    issuer: 'https://op.example',
    name: 'default',
    clientId: 'client',
    startedAt: 1_800_000_000_123,
    scope: 'openid profile',
    stepUps: [],
    claims,
    user: { iss: claims.iss, sub: '1' },
    userInfoAt: undefined,
    isOver: false,
    ...change,
  }
}

describe('the text of a login', () => {
  test.each<[string, Partial<Login>]>([
    ['as small as it can be', {}],
    ['that is over', { isOver: true }],
    ['with UserInfo', { user: { iss: claims.iss, sub: '1', name: 'Alice' }, userInfoAt: 1_800_000_000_456 }],
    [
      'with a UserInfo that changes a claim',
      { claims: { ...claims, name: 'A' }, user: { ...user(), name: 'B' } },
    ],
    [
      'with an address of UserInfo that is not verified',
      {
        claims: { ...claims, email: 'a@x', email_verified: true },
        user: { ...user(), email: 'b@y' },
      },
    ],
    [
      'with an address of UserInfo that is verified, as the one before',
      {
        claims: { ...claims, email: 'a@x', email_verified: true },
        user: { ...user(), email: 'b@y', email_verified: true },
      },
    ],
    ['with quotation marks', { user: { ...user(), name: `O'Brien "Bob" \\' \\" '"` }, scope: `"'` }],
    ['with any characters', { user: { ...user(), name: 'Zoë \u0000\n\u2028 \ud83d\ude00 \ud800 \u5f20' } }],
    ['with claims in claims', { user: { ...user(), groups: [{ tags: [[1], { a: null }] }] } }],
    [
      'with claims of any name',
      { user: { ...user(), a: 1, z: 2, '.a': 3, '.': 4, '': 5, sub_a: 6, email: 'a@b' } },
    ],
    ['for several clients', { claims: { ...claims, aud: ['client', 'other'] } }],
    [
      'of a tenant',
      { claims: { ...claims, iss: 'https://op.example/t' }, user: { iss: 'https://op.example/t', sub: '1' } },
    ],
    ['after step-ups', { stepUps: ['acr_values=gold', 'max_age=0'] }],
  ])('says the same when it is read: one %s', (_, change) => {
    const written = login(change)
    expect(parseLogin(formatLogin(written))).toEqual(written)
  })

  test('has nothing that JSON would have to escape', () => {
    const text = formatLogin(
      login({ user: { ...user(), name: 'Alice', roles: ['admin'] }, stepUps: ['a=b'] }),
    )
    expect(JSON.stringify(text)).toBe(`"${text}"`)
  })

  test('leaves out what only served to verify the ID token, and says nothing twice', () => {
    const spent = { nonce: 'n', jti: 'j', at_hash: 'a', c_hash: 'c', s_hash: 's', rat: 1, nbf: 1 }
    const text = formatLogin(
      login({ claims: { ...claims, ...spent, sid: 'the sid' }, user: { ...user(), sid: 'the sid' } }),
    )
    expect(parseLogin(text)?.claims).toEqual({ ...claims, sid: 'the sid' })
    expect([
      text.split('the sid').length,
      text.split(claims.iss).length,
      text.split("'client'").length,
    ]).toEqual([2, 2, 2])
  })

  test('is parsed once, and nobody can change what it says for the next request', () => {
    const text = formatLogin(login({ user: { ...user(), groups: [{ tags: ['x'] }] } }))
    const parsed = parseLogin(text)
    expect(parseLogin(`${text}`)).toBe(parsed)
    const { groups } = Object(parsed?.user)
    for (const part of [parsed, parsed?.claims, parsed?.user, parsed?.stepUps, groups, groups[0].tags])
      expect(Object.isFrozen(part)).toBe(true)
  })

  test('is not taken for another one that begins alike', () => {
    const text = formatLogin(login())
    expect(parseLogin(text)?.claims.sub).toBe('1')
    const other = changeValue(text, 'claims', held => ({ ...Object(held), [LETTERS.sub]: '2' }))
    expect(other.slice(0, 60)).toBe(text.slice(0, 60))
    expect([parseLogin(other)?.user.sub, parseLogin(text)?.user.sub]).toEqual(['2', '1'])
  })

  test('is forgotten after many others', () => {
    const text = formatLogin(login())
    const parsed = parseLogin(text)
    for (let others = 0; others < 240; others += 1) parseLogin(formatLogin(login()))
    expect(parseLogin(text)).toBe(parsed)
    for (let others = 0; others < 1_100; others += 1) parseLogin(formatLogin(login()))
    expect(parseLogin(text)).not.toBe(parsed)
    expect(parseLogin(text)).toEqual(parsed)
  })
})

function user(): Login['user'] {
  return { iss: claims.iss, sub: '1' }
}
