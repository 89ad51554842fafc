import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import * as library from '../../../src/index.ts'

const { requireUser } = library

type Factory = (...given: readonly unknown[]) => unknown

/** Guards as a caller without types sees them. */
const factories = library as unknown as Readonly<Record<string, Factory>>

const user = requireUser()
const cyclic: unknown[] = [user]
cyclic.push(cyclic)

/** Each differs by one thing from a call that is right. */
const wrong: readonly (readonly [guard: string, given: readonly unknown[], rule: string])[] = [
  ['requireUser', [null], 'the last argument must be an object'],
  ['requireUser', ['challenge'], 'the last argument must be an object'],
  ['requireUser', [() => undefined], 'the last argument must be an object'],
  ['requireUser', [{ onForbiden: () => undefined }], 'onForbiden is not an option'],
  ['requireUser', [{ onForbidden: 'challenge' }], 'onForbidden must be a function'],
  ['requireUser', [{ onUnauthenticated: 'login' }], "onUnauthenticated must be a function, or 'challenge'"],
  ['requireClaims', [], 'claims must be an object'],
  ['requireClaims', ['roles'], 'claims must be an object'],
  ['requireClaims', [['roles', 'admin']], 'claims must be an object'],
  ['requireClaims', [new Map([['roles', 'admin']])], 'claims must be an object'],
  ['requireClaims', [{}], 'claims must name at least one claim'],
  ['requireClaims', [{ __proto__: { roles: 'admin' } }], 'claims must'],
  ['requireClaims', [{ '': 'admin' }], 'claims must not have an empty name'],
  ['requireClaims', [{ roles: [] }], 'claims.roles must not be an empty array'],
  ['requireClaims', [{ roles: {} }], 'claims.roles must name at least one claim'],
  ['requireClaims', [{ roles: undefined }], 'claims.roles must be a non-empty string'],
  ['requireClaims', [{ roles: '' }], 'claims.roles must be a non-empty string'],
  ['requireClaims', [{ roles: ['admin', undefined] }], 'claims.roles must be a non-empty string'],
  ['requireClaims', [{ roles: [['admin']] }], 'claims.roles must be a non-empty string'],
  ['requireClaims', [{ roles: Array(1) }], 'claims.roles must be a non-empty string'],
  ['requireClaims', [{ level: Number.NaN }], 'claims.level must be a non-empty string'],
  ['requireClaims', [{ roles: () => true }], 'claims.roles must be a non-empty string'],
  ['requireClaims', [{ roles: /admin/ }], 'claims.roles must be a non-empty string'],
  ['requireClaims', [{ a: { b: [] } }], 'claims.a.b must not be an empty array'],
  ['requireClaims', [{ roles: 'admin' }, { spaceSeparated: 'yes' }], 'spaceSeparated must be true or false'],
  ['requireClaims', [{ roles: 'admin' }, { at: 'roles' }], 'at is not an option'],
  ['requireScopes', [], 'scopes must be a word'],
  ['requireScopes', [''], 'scopes must be a word'],
  ['requireScopes', [[]], 'scopes must be a word'],
  ['requireScopes', [['read write']], 'scopes must be a word'],
  ['requireScopes', [['"read"']], 'scopes must be a word'],
  ['requireRoles', [], 'roles must be a non-empty string'],
  ['requireRoles', [''], 'roles must be a non-empty string'],
  ['requireRoles', [[]], 'roles must be a non-empty string'],
  ['requireRoles', [Array(1)], 'roles must be a non-empty string'],
  ['requireRoles', [['admin', 7]], 'roles must be a non-empty string'],
  ['requireRoles', ['admin', 'editor'], 'the last argument must be an object'],
  ['requireRoles', ['admin', { at: '' }], 'at must be a non-empty string'],
  ['requireRoles', ['admin', { at: [] }], 'at must be a non-empty string'],
  ['requireThat', [], 'predicate must be a function'],
  ['requireThat', [true], 'predicate must be a function'],
  ['requireAcr', [], 'acrValues must be a word'],
  ['requireAcr', ['go"ld'], 'acrValues must be a word'],
  ['requireAcr', ['gold\r\nset-cookie: a=b'], 'acrValues must be a word'],
  ['requireAmr', [[]], 'methods must be a word'],
  ['requireVot', [], 'vectors must be a word'],
  ['requireVot', ['["Cl.Cm"]'], 'vectors must be a word'],
  ['requireVot', ['Cl,Cm'], 'vectors must be vectors of trust'],
  ['requireVot', ['cl.cm'], 'vectors must be vectors of trust'],
  ['requireVot', ['Cl', { vtr: 'P' }], 'vtr must be vectors of trust'],
  ['requireVot', ['Cl', { vtr: [] }], 'vtr must be a word'],
  ['requireAmr', ['otp', { acrValues: [] }], 'acrValues must be a word'],
  ['requireRecentLogin', [], 'maxAge must be a whole number of seconds'],
  ['requireRecentLogin', [300], 'maxAge must be a whole number of seconds'],
  ['requireRecentLogin', [{ maxAge: 0 }], 'maxAge must be a whole number of seconds, 1 or more'],
  ['requireRecentLogin', [{ maxAge: '300' }], 'maxAge must be a whole number of seconds'],
  ['requireRecentLogin', [{ maxAge: 1.5 }], 'maxAge must be a whole number of seconds'],
  ['requireRecentLogin', [{ maxAge: 300 }, { maxAge: 300 }], 'maxAge is not an option'],
  ['anyOf', [], 'the arguments must be guards'],
  ['anyOf', [{}], 'the arguments must be guards'],
  ['anyOf', [() => true], 'the arguments must be guards'],
  ['anyOf', [[user, user]], 'the arguments must be guards'],
  ['anyOf', [user, null], 'the last argument must be an object'],
  ['allOf', [requireUser], 'the arguments must be guards'],
  ['allOf', [user, {}, user], 'the arguments must be guards'],
  ['allOf', cyclic, 'the last argument must be an object'],
  ['allOf', [user, { onForbidden: true }], 'onForbidden must be a function'],
  ['not', [], 'the arguments must be guards'],
  ['not', [() => true], 'the arguments must be guards'],
  ['not', [user, user], 'the last argument must be an object'],
  ['withUser', [], 'the first argument must be a function'],
]

describe('a wrong argument is refused when the guard is made', () => {
  test.each(wrong)('%s of %j: %s', (guard, given, rule) => {
    const make = (): unknown => factories[guard]?.(...given)
    expect(make).toThrow(expect.objectContaining({ code: 'ERR_OIDC_INVALID_OPTION', status: 500 }))
    expect(make).toThrow(`${guard}: ${rule}`)
  })
})

test.each(['requireUser', 'requireClaims', 'anyOf'])(
  '%s that is mounted without being called lets nobody in',
  name => {
    let passed = false
    const proceed = (): void => {
      passed = true
    }
    expect(() => factories[name]?.(new IncomingMessage(new Socket()), {}, proceed)).toThrow()
    expect(passed).toBe(false)
  },
)

test('undefined is the same as an option that is absent', () => {
  const nothing = { onUnauthenticated: undefined, onForbidden: undefined }
  expect(() => factories['requireUser']?.(nothing)).not.toThrow()
  expect(() =>
    factories['requireClaims']?.({ a: 1 }, { ...nothing, spaceSeparated: undefined }),
  ).not.toThrow()
  expect(() => factories['requireRoles']?.('a', { at: undefined })).not.toThrow()
})

test('a guard has the name of its factory, for stack traces', () => {
  expect(user.name).toBe('requireUser')
  expect(library.anyOf(user).name).toBe('anyOf')
})
