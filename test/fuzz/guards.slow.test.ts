import express from 'express'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  allOf,
  anyOf,
  type Guard,
  not,
  requireAcr,
  requireAmr,
  requireClaims,
  requireRecentLogin,
  requireRoles,
  requireScopes,
  requireThat,
  requireUser,
  requireVot,
} from '../../src/index.ts'
import { signedIn } from '../../src/testing/signed-in.ts'
import { listen } from '../support/fuzz/listen.ts'
import { fuzz, LONGEST, type Outcome } from '../support/fuzz/property.ts'
import { anyJson, type Change, changed, changesOf } from '../support/fuzz/values.ts'

/** A guard, and whether somebody may pass it by the most literal reading of its rule. */
type Rule = readonly [
  guard: Guard,
  mayPass: (claims: Readonly<Record<string, unknown>>, scope: unknown) => boolean,
]

const holds = (held: unknown, value: unknown): boolean =>
  held === value || (Array.isArray(held) && held.includes(value))
const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const member = (value: unknown, name: string): unknown =>
  isPlain(value) && Object.hasOwn(value, name) ? value[name] : undefined

const isRecent = ({ auth_time: time }: Readonly<Record<string, unknown>>): boolean =>
  typeof time === 'number' && Math.abs(Date.now() / 1_000 - time) < 3_600

const rules: Readonly<Record<string, Rule>> = {
  user: [requireUser(), () => true],
  claims: [requireClaims({ roles: 'admin' }), ({ roles }) => holds(roles, 'admin')],
  'several claims': [
    requireClaims({ roles: ['admin', 'editor'] }),
    ({ roles }) => holds(roles, 'admin') && holds(roles, 'editor'),
  ],
  path: [
    requireClaims({ 'realm.roles': 'admin' }),
    claims => holds(member(claims['realm'], 'roles'), 'admin') || holds(claims['realm.roles'], 'admin'),
  ],
  words: [
    requireClaims({ roles: 'admin' }, { spaceSeparated: true }),
    ({ roles }) => holds(typeof roles === 'string' ? roles.split(' ') : roles, 'admin'),
  ],
  roles: [
    requireRoles('admin', { at: ['realm', 'roles'] }),
    ({ realm }) => holds(member(realm, 'roles'), 'admin'),
  ],
  scopes: [
    requireScopes('read'),
    (_, scope) => typeof scope === 'string' && scope.split(' ').includes('read'),
  ],
  acr: [requireAcr('gold'), ({ acr }) => acr === 'gold'],
  amr: [requireAmr('mfa'), ({ amr }) => Array.isArray(amr) && amr.includes('mfa')],
  vot: [requireVot('P1'), ({ vot }) => typeof vot === 'string' && vot.split('.').includes('P1')],
  recent: [requireRecentLogin({ maxAge: 60 }), isRecent],
  that: [requireThat(user => holds(member(user, 'roles'), 'admin')), ({ roles }) => holds(roles, 'admin')],
  any: [
    anyOf(requireAcr('gold'), requireRoles('admin')),
    ({ acr, roles }) => acr === 'gold' || holds(roles, 'admin'),
  ],
  all: [
    allOf(requireAcr('gold'), requireRoles('admin')),
    ({ acr, roles }) => acr === 'gold' && holds(roles, 'admin'),
  ],
  not: [not(requireRoles('blocked')), ({ roles }) => !holds(roles, 'blocked')],
}

const right = {
  sub: 'user-1',
  roles: ['admin', 'editor'],
  realm: { roles: ['admin'] },
  acr: 'gold',
  amr: ['pwd', 'mfa'],
  vot: 'P1.Cc',
  auth_time: 0,
}

type Input = readonly [kind: string, changes: readonly Change[], scope: unknown]

test('whatever the claims are, a guard lets pass who fulfils its rule and nobody else', {
  timeout: LONGEST,
}, async () => {
  let current: { readonly claims: object; readonly scope: unknown } = { claims: right, scope: 'read' }
  let passed = false
  const app = express()
  app.use((req, res, next) => {
    const claims = { auth_time: Math.floor(Date.now() / 1_000), ...current.claims }
    signedIn(claims, { scope: current.scope as string })(req, res, next)
  })
  for (const [kind, [guard]] of Object.entries(rules))
    app.get(`/${encodeURIComponent(kind)}`, guard, (_req, res) => {
      passed = true
      res.end()
    })
  const { url, close } = await listen(app)
  const kinds = Object.keys(rules)
  const { auth_time: _, ...usual } = right
  try {
    await fuzz<Input>('claims at guards', {
      inputs: fc.tuple(
        fc.constantFrom(...kinds),
        changesOf(
          Object.keys(right),
          fc.oneof(anyJson, fc.constantFrom('admin', 'xadmin', ['ADMIN'], { admin: true }, 'admin editor')),
        ),
        fc.oneof(fc.constant('read write'), fc.string()),
      ),
      twins: [['user', [], 'read'], ...kinds.map(kind => [kind, [], 'read'] as const)],
      runs: 1_000,
      async attempt([kind, changes, scope]): Promise<Outcome> {
        const claims = changed(usual, changes)
        current = { claims, scope }
        passed = false
        const { status } = await fetch(`${url}/${encodeURIComponent(kind)}`, {
          headers: { accept: 'application/json' },
          redirect: 'manual',
        })
        expect([200, 401, 403]).toContain(status)
        expect(status === 200).toBe(passed)
        if (passed) expect(rules[kind]?.[1]({ auth_time: Date.now() / 1_000, ...claims }, scope)).toBe(true)
        return passed ? 'accepted' : 'refused'
      },
    })
  } finally {
    await close()
  }
})
