import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type RequiredClaims, requireClaims, requireRoles } from '../../../src/index.ts'
import type { RequireClaimsOptions } from '../../../src/middleware/guards/require-claims.ts'
import { passes } from '../../support/guards/visit.ts'

const spaceSeparated = { spaceSeparated: true }

type Row = readonly [required: RequiredClaims, claims: object, options?: RequireClaimsOptions]

const passing: readonly Row[] = [
  [{ role: 'admin' }, { role: 'admin' }],
  [{ roles: 'admin' }, { roles: ['user', 'admin'] }],
  [{ roles: ['admin'] }, { roles: 'admin' }],
  [{ roles: ['admin', 'user'] }, { roles: ['user', 'x', 'admin'] }],
  [{ level: 3 }, { level: 3 }],
  [{ levels: 3 }, { levels: [1, 3] }],
  [{ email_verified: true }, { email_verified: true }],
  [{ tenant: null }, { tenant: null }],
  [
    { role: 'admin', level: 3 },
    { level: 3, role: 'admin' },
  ],
  [{ 'realm_access.roles': 'admin' }, { realm_access: { roles: ['admin'] } }],
  [{ realm_access: { roles: 'admin' } }, { realm_access: { roles: ['admin'] } }],
  [{ 'a.b.c': 'd' }, { a: { b: { c: 'd' } } }],
  [{ a: { 'b.c': 'd' } }, { a: { b: { c: 'd' } } }],
  [{ resource_access: { 'my.shop': { roles: 'a' } } }, { resource_access: { 'my.shop': { roles: ['a'] } } }],
  [{ 'https://app.example/roles': 'admin' }, { 'https://app.example/roles': ['admin'] }],
  [{ address: { country: 'DE' } }, { address: { country: 'DE', locality: 'Ulm' } }],
  [{ permissions: 'write' }, { permissions: 'read write' }, spaceSeparated],
  [{ permissions: ['write', 'read'] }, { permissions: 'read write all' }, spaceSeparated],
  [{ permissions: 'write' }, { permissions: ['read', 'write'] }, spaceSeparated],
  [{ role: 'admin' }, Object.assign(Object.create(null), { role: 'admin' })],
]

const refused: readonly Row[] = [
  [{ roles: 'admin' }, {}],
  [{ roles: 'admin' }, { roles: 'superadmin' }],
  [{ roles: 'admin' }, { roles: 'admin,x' }],
  [{ roles: 'admin' }, { roles: 'x admin' }],
  [{ roles: 'admin' }, { roles: ['ADMIN'] }],
  [{ roles: 'admin' }, { roles: ['x admin'] }],
  [{ roles: 'admin' }, { roles: ['x admin'] }, spaceSeparated],
  [{ roles: 'admin' }, { roles: 'x,admin' }, spaceSeparated],
  [{ roles: 'admin' }, { roles: 'x\tadmin' }, spaceSeparated],
  [{ roles: 'admin' }, { roles: { admin: true } }],
  [{ roles: 'admin' }, { roles: [['admin']] }],
  [{ roles: 'admin' }, { roles: [{ name: 'admin' }] }],
  [{ roles: 'admin' }, { roles: null }],
  [{ roles: 'admin' }, { roles: true }],
  [{ roles: ['admin', 'user'] }, { roles: ['admin'] }],
  [{ roles: ['admin', 'user'] }, { roles: 'admin' }],
  [{ roles: ['admin', 'user'] }, { roles: 'admin,user' }],
  [{ level: 3 }, { level: '3' }],
  [{ level: '3' }, { level: 3 }],
  [{ levels: 3 }, { levels: ['3'] }],
  [{ email_verified: true }, { email_verified: 'true' }],
  [{ email_verified: true }, { email_verified: 1 }],
  [{ email_verified: false }, {}],
  [{ tenant: null }, {}],
  [{ tenant: null }, { tenant: undefined }],
  [{ tenant: null }, { tenant: '' }],
  [{ role: 'admin', level: 3 }, { role: 'admin' }],
  [{ 'realm_access.roles': 'admin' }, { realm_access: 'admin' }],
  [{ 'realm_access.roles': 'admin' }, { realm_access: [{ roles: 'admin' }] }],
  [{ 'realm_access.roles': 'admin' }, { roles: ['admin'] }],
  [{ realm_access: { roles: 'admin' } }, { realm_access: null }],
  [{ 'roles.0': 'admin' }, { roles: ['admin'] }],
  [{ 'roles.length': 1 }, { roles: ['admin'] }],
  [{ 'name.length': 5 }, { name: 'admin' }],
  [{ 'constructor.name': 'Object' }, {}],
  [{ constructor: { name: 'Object' } }, {}],
  [{ 'toString.name': 'toString' }, {}],
  [{ '__proto__.role': 'admin' }, Object.create({ role: 'admin' }) as object],
  [{ role: 'admin' }, Object.create({ role: 'admin' }) as object],
]

describe('requireClaims', () => {
  test.for(passing)('of %j lets %j pass', async ([required, claims, options]) => {
    expect(await passes(requireClaims(required, options), claims)).toBe(true)
  })

  test.for(refused)('of %j does not let %j pass', async ([required, claims, options]) => {
    expect(await passes(requireClaims(required, options), claims)).toBe(false)
  })

  test('keeps to what was required when it was made', async () => {
    const required = { roles: ['admin', 'editor'] }
    const guard = requireClaims(required)
    required.roles.length = 0
    Object.assign(required, { roles: [] })
    expect(await passes(guard, { roles: ['x'] })).toBe(false)
  })
})

describe('requireRoles', () => {
  test.each([
    [{ roles: ['admin'] }, undefined],
    [{ roles: 'admin' }, undefined],
    [{ groups: ['admin'] }, 'groups'],
    [{ resource_access: { 'my.shop': { roles: ['admin'] } } }, ['resource_access', 'my.shop', 'roles']],
  ])('finds the role in %j', async (claims, at) => {
    expect(await passes(requireRoles('admin', at === undefined ? {} : { at }), claims)).toBe(true)
  })

  test.each([
    [{ role: ['admin'] }, undefined],
    [{ roles: 'superadmin' }, undefined],
    [{ roles: { admin: true } }, undefined],
    [{ resource_access: { my: { shop: { roles: ['admin'] } } } }, ['resource_access', 'my.shop', 'roles']],
    [{ roles: ['admin'] }, ['roles', '0']],
  ])('does not find it in %j', async (claims, at) => {
    expect(await passes(requireRoles('admin', at === undefined ? {} : { at }), claims)).toBe(false)
  })

  test('needs all of several', async () => {
    const guard = requireRoles(['admin', 'editor'])
    expect(await passes(guard, { roles: ['editor', 'admin'] })).toBe(true)
    expect(await passes(guard, { roles: ['editor'] })).toBe(false)
  })
})

const text = fc.string({ minLength: 1 })

describe('whatever the claims are', () => {
  test('a text passes by itself alone, and never by a part of it', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, text, async (before, wanted, after) => {
        const guard = requireClaims({ claim: wanted })
        expect(await passes(guard, { claim: wanted })).toBe(true)
        expect(await passes(guard, { claim: [before, wanted, after] })).toBe(true)
        for (const held of [before + wanted, wanted + after, before + wanted + after]) {
          expect(await passes(guard, { claim: held })).toBe(false)
          if (held !== wanted) expect(await passes(guard, { claim: [held] })).toBe(false)
        }
      }),
    )
  })

  test('a value of another type never passes', async () => {
    const value = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null))
    await fc.assert(
      fc.asyncProperty(value, fc.jsonValue(), async (wanted, held) => {
        const same = Array.isArray(held) ? held.some(one => one === wanted) : held === wanted
        expect(await passes(requireClaims({ claim: wanted }), { claim: held })).toBe(same)
      }),
    )
  })

  test('what is not there does not pass, least of all what every object inherits', async () => {
    const inherited = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']
    const name = fc.oneof(fc.constantFrom(...inherited), text)
    const path = fc.array(name, { minLength: 1, maxLength: 4 }).map(names => names.join('.'))
    const value = fc.oneof(text, fc.constantFrom(null, true, 0, 1))
    await fc.assert(
      fc.asyncProperty(path, value, fc.boolean(), async (claim, wanted, words) => {
        const required = Object.fromEntries([[claim, wanted]])
        expect(await passes(requireClaims(required, { spaceSeparated: words }), {})).toBe(false)
      }),
    )
  })

  test('JSON never gets past by a prototype of its own making', async () => {
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      const claims = JSON.parse(`{"${name}":{"roles":["admin"],"isAdmin":true}}`) as object
      expect(await passes(requireClaims({ roles: 'admin' }), claims)).toBe(false)
      expect(await passes(requireClaims({ isAdmin: true }), claims)).toBe(false)
    }
  })
})
