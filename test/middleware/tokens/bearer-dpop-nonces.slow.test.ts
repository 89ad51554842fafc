import { describe, expect } from 'vitest'
import { memoryStore, OidcError, type RelyingPartyOptions, type Store } from '../../../src/index.ts'
import { proofMarks } from '../../../src/relying-party/proof-marks.ts'
import { pass, setClock, stopClock } from '../../support/clock.ts'
import { apiApp } from '../../support/tokens/bearer.ts'
import { expectRefused, NONCE, PROOF, test } from '../../support/tokens/bearer-dpop-flow.ts'

stopClock()

const sharedStore = (): Store => ({ ...memoryStore(), shared: true })

const sharing = (store: Store, more: object = {}): RelyingPartyOptions =>
  ({ store, name: 'api', ...more }) as RelyingPartyOptions

describe('a nonce', () => {
  test.for([
    ['is missing', undefined],
    ['is empty', ''],
    ['is made up', 'abc.def'],
    ['is a number', 7],
    [
      'is sealed for something else',
      'eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA',
    ],
  ] as const)('that %s is answered with the right one', async ([, nonce], { api, program, token }) => {
    expectRefused(await program.call(api, '/api', token, { claims: { nonce } }), api, NONCE)
    expect(api.log.join()).not.toContain('NONCE')
    expect((await program.call(api, '/api', token)).status).toBe(200)
  })

  test('counts for a minute and the one after, and not longer', async ({ api, program, token }) => {
    pass(60_000)
    const [early, late] = await Promise.all([1, 2].map(() => program.proof({ url: `${api.url}/api`, token })))
    expect((await program.call(api, '/api', token, { proofs: [early ?? ''] })).status).toBe(200)
    pass(60_000)
    expectRefused(await program.call(api, '/api', token, { proofs: [late ?? ''] }), api, NONCE)
    expect((await program.call(api, '/api', token)).status).toBe(200)
  })

  test('of one replica counts at another, and not at another app', async ({ start, program, token, api }) => {
    const store = sharedStore()
    const first = await start(apiApp({}, { relyingParty: sharing(store) }))
    const second = await start(apiApp({}, { relyingParty: sharing(store, { baseUrl: first.url }) }))
    expectRefused(await program.call(first, '/api', token), first, NONCE)
    expect((await program.call(second, '/api', token, { url: `${first.url}/api` })).status).toBe(200)
    expectRefused(await program.call(api, '/api', token), api, NONCE)
  })
})

describe('a proof counts once', () => {
  test('at one process', async ({ api, program, token }) => {
    const proof = await program.proof({ url: `${api.url}/api`, token })
    expect((await program.call(api, '/api', token, { proofs: [proof] })).status).toBe(200)
    expectRefused(await program.call(api, '/api', token, { proofs: [proof] }), api, PROOF)
    expect((await program.call(api, '/api', token)).status).toBe(200)
  })

  test('of many copies that arrive at once', async ({ api, program, token }) => {
    const proof = await program.proof({ url: `${api.url}/api`, token })
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => program.call(api, '/api', token, { proofs: [proof] })),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  test('at all replicas', async ({ start, program, token }) => {
    const store = sharedStore()
    const first = await start(apiApp({}, { relyingParty: sharing(store) }))
    const second = await start(apiApp({}, { relyingParty: sharing(store, { baseUrl: first.url }) }))
    const url = `${first.url}/api`
    await program.call(first, '/api', token)
    const proof = await program.proof({ url, token })
    expect((await program.call(first, '/api', token, { proofs: [proof] })).status).toBe(200)
    const replayed = await program.call(second, '/api', token, { proofs: [proof] })
    expectRefused(replayed, { ...second, url: first.url }, PROOF)
    expect((await program.call(second, '/api', token, { url })).status).toBe(200)
  })

  test.for([
    ['in memory', () => ({})],
    ['in a store', () => sharing(sharedStore())],
  ] as const)(
    'after the clock was set back, %s, however long ago its mark has ended',
    async ([, relyingParty], { start, program, token }) => {
      const api = await start(apiApp({}, { relyingParty: relyingParty() }))
      await program.call(api, '/api', token)
      const proof = await program.proof({ url: `${api.url}/api`, token })
      expect((await program.call(api, '/api', token, { proofs: [proof] })).status).toBe(200)
      pass(240_000)
      setClock(-240_000)
      expectRefused(await program.call(api, '/api', token, { proofs: [proof] }), api, NONCE)
      expect((await program.call(api, '/api', token)).status).toBe(200)
    },
  )

  test('and is not marked if anything else is wrong with it', async ({ start, program, token }) => {
    const inner = sharedStore()
    const marked: string[] = []
    const store: Store = {
      ...inner,
      set(key, value, options) {
        if (key.startsWith('proof:')) marked.push(`${options?.ifAbsent} ${options?.lifetime}`)
        return inner.set(key, value, options)
      },
    }
    const app = await start(apiApp({}, { relyingParty: sharing(store) }))
    await program.call(app, '/api', token)
    await program.call(app, '/api', token, { claims: { htm: 'POST' } })
    await program.call(app, '/api', token, { claims: { nonce: 'another' } })
    expect(marked).toEqual([])
    expect((await program.call(app, '/api', token)).status).toBe(200)
    expect(marked).toEqual(['true 180'])
  })

  test('and nobody passes while too many are marked: the caller is told when to try again', async ({
    start,
    program,
    token,
  }) => {
    const inner = sharedStore()
    const full = new OidcError('ERR_OIDC_OVERLOADED', { retryAfter: 60 })
    let isFull = false
    const store: Store = {
      ...inner,
      set: (key, ...rest) =>
        isFull && key.startsWith('proof:') ? Promise.reject(full) : inner.set(key, ...rest),
    }
    const app = await start(apiApp({}, { relyingParty: sharing(store) }))
    await program.call(app, '/api', token)
    isFull = true
    const answer = await program.call(app, '/api', token)
    expect([answer.status, answer.body.error]).toEqual([429, 'ERR_OIDC_OVERLOADED'])
    expect(answer.headers['retry-after']).toBe('60')
    expect(answer.headers['www-authenticate']).toBeUndefined()
    isFull = false
    expect((await program.call(app, '/api', token)).status).toBe(200)
  })

  test('and nobody passes while the store is away', async ({ start, program, token }) => {
    const inner = sharedStore()
    let isAway = false
    const store: Store = {
      ...inner,
      set: async (key, value, options) => {
        if (isAway && key.startsWith('proof:')) throw new Error('away')
        return inner.set(key, value, options)
      },
    }
    const app = await start(apiApp({}, { relyingParty: sharing(store) }))
    await program.call(app, '/api', token)
    isAway = true
    const answer = await program.call(app, '/api', token)
    expect([answer.status, answer.body.error]).toEqual([503, 'ERR_OIDC_STORE_UNAVAILABLE'])
    isAway = false
    expect((await program.call(app, '/api', token)).status).toBe(200)
  })
})

test('the marks in memory are limited, and end with their nonces', async () => {
  const marks = proofMarks({ store: memoryStore() }, 2)
  expect([await marks.claim('a', 1), await marks.claim('b', 1), await marks.claim('a', 1)]).toEqual([
    true,
    true,
    false,
  ])
  await expect(marks.claim('c', 2)).rejects.toMatchObject({ code: 'ERR_OIDC_OVERLOADED', status: 429 })
  pass(179_000)
  await expect(marks.claim('c', 2)).rejects.toMatchObject({ code: 'ERR_OIDC_OVERLOADED' })
  pass(2_000)
  expect([await marks.claim('c', 4), await marks.claim('c', 4)]).toEqual([true, false])
})
