import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryStore, type Store, sealedStore } from '../../src/index.ts'
import { postgresStore } from '../../src/postgres.ts'
import { buildSealer, buildSealingKey } from '../../src/protocol/sealing.ts'
import { redisStore } from '../../src/redis.ts'
import { formatLogin, parseLogin } from '../../src/session/login/login-text.ts'
import { fileStore } from '../../src/stores/files/file-store.ts'
import { guardStore } from '../../src/stores/guarded-store.ts'
import { type Damage, damage, damages } from '../support/fuzz/damage.ts'
import { expectOidcError } from '../support/fuzz/oracle.ts'
import { fuzz, fuzzTest, LONGEST, type Outcome } from '../support/fuzz/property.ts'
import { anyText, anyValue, type Edit, edited, editsOf } from '../support/fuzz/values.ts'

const intact: Damage = { edits: [] }
const secret = 'the-value-of-a-record'

/** Reads a key that may hold anything: what comes back is what was written or nothing, and everything else is refused. */
async function read(store: Store, expected: unknown = expect.any(String)): Promise<Outcome> {
  try {
    const found = await guardStore(store).get('tokens:1')
    if (found) expect(found).toEqual({ value: expected, version: expect.any(String) })
    return 'accepted'
  } catch (error) {
    expectOidcError(error, [secret])
    expect(error.code).toMatch(/^ERR_OIDC_(STORE_(CORRUPT|UNAVAILABLE)|INVALID_OPTION)$/) // a query function that is none
    return 'refused'
  }
}

const claims = {
  iss: 'https://op.test',
  sub: 'a',
  aud: 'b',
  iat: 1,
  exp: 2,
  auth_time: 1,
  sid: 's',
  acr: 'gold',
  "it's": '"',
}
const login = formatLogin({
  id: 'i',
  sessionId: 's',
  issuer: 'https://op.test',
  name: 'default',
  clientId: 'b',
  startedAt: 1,
  scope: 'openid',
  stepUps: ['x'],
  claims,
  user: { ...claims, name: 'Una' },
  userInfoAt: 2,
})
const swap = (text: string): string => text.replace(/["']/g, quote => (quote === '"' ? "'" : '"'))

fuzzTest<Damage | readonly Edit[]>('a login in a session', {
  inputs: fc.oneof(damages, editsOf()),
  twins: [[], intact],
  runs: 1_000,
  attempt(given): Outcome {
    const isEdit = Array.isArray(given)
    const text = isEdit ? edited(login, given) : `1${swap(damage(swap(login.slice(1)), given as Damage))}`
    const found = parseLogin(text)
    if (!found) return 'refused'
    expect([typeof found.claims.sub, typeof found.id, typeof found.startedAt]).toEqual([
      'string',
      'string',
      'number',
    ])
    expect(Object.isFrozen(found.user)).toBe(true)
    expect(parseLogin(formatLogin(found))?.claims.sub).toBe(found.claims.sub)
    return 'accepted'
  },
})

const sealer = buildSealer([buildSealingKey(), buildSealingKey()], 'app')
const sealed = sealer.seal('purpose', { returnTo: '/a', secret })
const token = sealer.token('start')

fuzzTest<readonly Edit[]>('a sealed cookie', {
  inputs: editsOf(),
  twins: [[]],
  runs: 1_000,
  attempt(edits): Outcome {
    const opened = sealer.open('purpose', edited(sealed, edits))
    if (!opened) return 'refused'
    expect(opened).toEqual({ returnTo: '/a', secret })
    return 'accepted'
  },
})

fuzzTest<readonly Edit[]>('a state', {
  inputs: editsOf(),
  twins: [[]],
  runs: 1_000,
  attempt(edits): Outcome {
    const text = edited(token, edits)
    const isOurs = sealer.isToken('start', text)
    expect(isOurs).toBe(text === token)
    expect(sealer.isToken('logout', text)).toBe(false)
    return isOurs ? 'accepted' : 'refused'
  },
})

const keys = [Buffer.from(crypto.getRandomValues(new Uint8Array(32)))]

test('a sealed record', { timeout: LONGEST }, async () => {
  const inner = memoryStore()
  await sealedStore(inner, keys).set('tokens:1', secret)
  const kept = await inner.get('tokens:1')
  await fuzz<readonly Edit[]>('a sealed record', {
    inputs: editsOf(),
    twins: [[]],
    runs: 500,
    attempt: edits =>
      read(
        sealedStore(
          { ...inner, get: async () => ({ value: edited(kept?.value ?? '', edits), version: '1' }) },
          keys,
        ),
        secret,
      ),
  })
})

test('a file of the file store', { timeout: LONGEST }, async ({ onTestFinished }) => {
  const directory = await mkdtemp(join(tmpdir(), 'oidc-fuzz-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const store = fileStore(directory)
  await store.set('tokens:1', secret)
  const name = (await readdir(directory)).find(file => file.startsWith('tokens')) ?? ''
  const content = await readFile(join(directory, name), 'utf8')
  await fuzz<Damage>('a file of the file store', {
    inputs: damages,
    twins: [intact],
    runs: 200,
    async attempt(given): Promise<Outcome> {
      await writeFile(join(directory, name), damage(content, given))
      return read(store)
    },
  })
})

/** What a client of Redis may reply: what was written, changed, or anything else. */
const reply = fc.oneof(editsOf(), anyText, anyValue)

fuzzTest<unknown>('a reply of Redis', {
  inputs: reply,
  twins: [[], null],
  runs: 500,
  async attempt(given): Promise<Outcome> {
    const written = `${'0'.repeat(8)}-0000-4000-8000-${'0'.repeat(12)}\n${secret}`
    const answer = isEdits(given) ? edited(written, given) : given
    const store = guardStore(redisStore({ sendCommand: async () => answer }))
    await write(store)
    return read(store)
  },
})

fuzzTest<unknown>('an answer of PostgreSQL', {
  inputs: fc.oneof(
    reply,
    reply.map(rows => ({ rows })),
    fc.array(reply, { maxLength: 2 }).map(rows => ({ rows })),
    fc.record({ value: reply, version: reply }).map(row => ({ rows: [row] })),
  ),
  twins: [{ rows: [{ value: JSON.stringify(secret), version: '1' }] }],
  runs: 500,
  async attempt(given): Promise<Outcome> {
    const store = guardStore(postgresStore({ query: async () => given as { rows: unknown[] } }))
    return read(store)
  },
})

/** A write is done, refused because of its condition, or fails with an error of this library. */
async function write(store: Store): Promise<void> {
  const version = await store
    .set('tokens:1', secret)
    .catch((error: unknown) => expectOidcError(error, [secret]))
  if (version !== undefined) expect(version).toMatch(/^[0-9a-f-]{36}$/)
}

function isEdits(given: unknown): given is readonly Edit[] {
  return (
    Array.isArray(given) && given.every(edit => typeof edit === 'object' && edit !== null && 'gone' in edit)
  )
}
