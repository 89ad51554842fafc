import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { memoryStore, type Store } from '../../../src/index.ts'
import { buildRelyingParty, type RelyingParty } from '../../../src/relying-party/relying-party.ts'
import type { Login } from '../../../src/session/login/login.ts'
import { addToIndex, dropFromIndex, findLogins } from '../../../src/session/logout/login-index.ts'
import { pass, stopClock } from '../../support/clock.ts'
import { settingsOf } from '../../support/settings.ts'

stopClock()

const LIFETIME = 8 * 3_600_000

interface Watched {
  readonly rp: RelyingParty
  /** How many calls the store got since the last look. */
  readonly calls: () => number
  /** The length of the longest value that was written. */
  readonly longest: () => number
}

function watched(options: object = {}): Watched {
  const inner = memoryStore()
  let count = 0
  let longest = 0
  const store: Store = {
    ...inner,
    get(key) {
      count += 1
      return inner.get(key)
    },
    set(key, value, how) {
      count += 1
      longest = Math.max(longest, value.length)
      return inner.set(key, value, how)
    },
  }
  const rp = buildRelyingParty(settingsOf({ store, start: 'first-use', ...options }))
  return {
    rp,
    longest: () => longest,
    calls() {
      const seen = count
      count = 0
      return seen
    },
  }
}

function login({
  sub = 'user',
  sid = 'session',
}: {
  readonly sub?: string
  readonly sid?: string
} = {}): Login {
  const iat = Math.floor(Date.now() / 1_000)
  const id = randomUUID()
  const claims = { iss: 'https://op.test', aud: 'client', sub, sid, iat, exp: iat + 60 }
  const common = {
    issuer: claims.iss,
    name: 'default',
    clientId: 'client',
    scope: 'openid',
    stepUps: [],
    user: { sub },
  }
  return { id, sessionId: `session of ${id}`, startedAt: Date.now(), claims, ...common }
}

const add = async (rp: RelyingParty, added: Login): Promise<Login> => {
  await addToIndex(rp.settings, added, added.sessionId)
  return added
}

const idsOf = async (rp: RelyingParty, kind: 'sid' | 'sub', value: string): Promise<string[]> =>
  (await findLogins(rp.settings, kind, value)).map(({ loginId }) => loginId).sort()

describe('the index', () => {
  test('finds the logins of a session and of a user, and no others', async () => {
    const { rp } = watched()
    const [a, b, c] = [login(), login({ sid: 'other' }), login({ sub: 'another', sid: 'third' })]
    for (const one of [a, b, c]) await add(rp, one)
    expect(await idsOf(rp, 'sid', 'session')).toEqual([a.id])
    expect(await idsOf(rp, 'sub', 'user')).toEqual([a.id, b.id].sort())
    expect(await idsOf(rp, 'sub', 'session')).toEqual([])
  })

  test('takes no two lists of parts for one: issuer, name, kind and value', async () => {
    const store = memoryStore()
    const options = (issuer: string, name: string): object => ({ store, issuer, name })
    const { rp: one } = watched(options('https://op.test', 'a'))
    const others = [
      options('https://op.test/', 'a'),
      options('https://op.test', 'b'),
      options('https://op', '.testa'),
    ]
    const added = await add(one, login({ sub: 'a|b', sid: 'c' }))
    for (const other of others) expect(await idsOf(watched(other).rp, 'sid', 'c')).toEqual([])
    expect(await idsOf(one, 'sid', 'a|b')).toEqual([])
    expect(await idsOf(one, 'sub', 'a')).toEqual([])
    expect(await idsOf(one, 'sub', 'a|b')).toEqual([added.id])
  })

  test('keeps thousands of logins of one user in records of bounded size, at a bounded number of calls each', async () => {
    const { rp, calls, longest } = watched()
    const added = new Set<string>()
    for (let count = 0; count < 2_000; count += 1) {
      added.add((await add(rp, login({ sid: String(count) }))).id)
      expect(calls()).toBeLessThanOrEqual(5)
    }
    expect(await idsOf(rp, 'sub', 'user')).toEqual([...added].sort())
    expect(longest()).toBeLessThan(20_000)
    expect(calls()).toBeLessThanOrEqual(21)
  })

  test('loses none of many that come at once', async () => {
    const { rp, calls } = watched()
    const added = await Promise.all(Array.from({ length: 150 }, () => add(rp, login())))
    const expected = added.map(({ id }) => id).sort()
    expect(await idsOf(rp, 'sid', 'session')).toEqual(expected)
    expect(await idsOf(rp, 'sub', 'user')).toEqual(expected)
    expect(calls()).toBeLessThan(150 * 200)
  })

  test('forgets a login with its lifetime, and its records with the last of them', async () => {
    const { rp } = watched()
    const first = await add(rp, login())
    pass(LIFETIME / 2)
    const second = await add(rp, login())
    pass(LIFETIME / 2 - 1)
    expect(await idsOf(rp, 'sub', 'user')).toEqual([first.id, second.id].sort())
    pass(2)
    expect(await idsOf(rp, 'sub', 'user')).toEqual([second.id])
    pass(LIFETIME / 2)
    expect(await idsOf(rp, 'sub', 'user')).toEqual([])
  })

  test('drops what was ended, from every page, and keeps the others', async () => {
    const { rp } = watched()
    const logins: Login[] = []
    for (let count = 0; count < 250; count += 1) logins.push(await add(rp, login({ sid: String(count) })))
    const found = await findLogins(rp.settings, 'sub', 'user')
    const last = logins.at(-1)
    const kept = found.filter(({ loginId }) => loginId === last?.id)
    await dropFromIndex(
      rp.settings,
      found.filter(entry => !kept.includes(entry)),
      kept,
    )
    expect(await idsOf(rp, 'sub', 'user')).toEqual([last?.id])
    expect(await idsOf(rp, 'sid', '3')).toEqual([])
    await dropFromIndex(rp.settings, kept)
    expect(await idsOf(rp, 'sub', 'user')).toEqual([])
  })

  test('reads what was found only again if it has changed since, and then misses no session of the logins', async () => {
    const { rp, calls } = watched()
    const dropped = async (copiedTo?: string): Promise<ReadonlySet<string>> => {
      const added = await add(rp, login())
      const found = await findLogins(rp.settings, 'sid', 'session')
      if (copiedTo) await addToIndex(rp.settings, added, copiedTo)
      calls()
      return dropFromIndex(rp.settings, found)
    }
    expect((await dropped()).size).toBe(1)
    expect(calls()).toBe(1) // the index by sub
    expect(await dropped('a copy')).toContain('a copy')
    expect(calls()).toBe(2)
    expect(await idsOf(rp, 'sid', 'session')).toEqual([])
    expect(await idsOf(rp, 'sub', 'user')).toEqual([])
  })
})
