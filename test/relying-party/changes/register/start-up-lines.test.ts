import { describe, expect } from 'vitest'
import { embeddedStore, memoryStore, type Store, sealedStore } from '../../../../src/index.ts'
import { postgresStore } from '../../../../src/postgres.ts'
import { redisStore } from '../../../../src/redis.ts'
import { describeRecordPlace } from '../../../../src/relying-party/record/record-place.ts'
import { test } from '../../../support/flow.ts'

const KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => (index * 37) % 256))

/** A store that an app has written itself, and that does not say how long it keeps records. */
function ownStore(shared: boolean): Store {
  const { durability: _, ...own } = memoryStore()
  return { ...own, shared, location: 'a cupboard' }
}

describe('what two starts say is what happened', () => {
  test.for([
    [
      'memory',
      () => memoryStore(),
      'the memory of this process, which ends with the process: the next start registers another client.',
      2,
    ],
    [
      'memory, sealed',
      () => sealedStore(memoryStore(), [KEY]),
      'the memory of this process, which ends with the process: the next start registers another client.',
      2,
    ],
    [
      'a temporary folder',
      (directory: string) => embeddedStore(directory),
      'records, a temporary folder: a start that does not find it there registers another client.',
      1,
    ],
  ] as const)('%s', async ([, make, place, clients], { provider, start, directory }) => {
    const lines: string[][] = []
    for (let starts = 0; starts < 2; starts += 1) {
      const app = await start({ relyingParty: { store: make(directory) } })
      await app.rp.ready()
      lines.push([...app.log])
    }
    const discovered = `Discovered the provider ${provider.issuer}.`
    const registered = expect.stringMatching(
      /^Registered this app as client \S+ \("localhost:\d+"\)\. Its record is in /,
    )
    const first = lines[0] ?? []
    expect(first).toEqual([discovered, registered])
    expect(first[1]).toContain(place)
    // Another start of a test has another port, so it changes the registration that it finds.
    const found = expect.stringMatching(/^Told the provider what the options now ask for client \S+\.$/)
    expect(lines[1]).toEqual([discovered, clients === 2 ? registered : found])
    expect(provider.clients.size).toBe(clients)
  })

  test.for([
    ['shared', true, 'Its record is in a cupboard; every process with this store uses it.'],
    ['of one process', false, 'Its record is in a cupboard.'],
  ] as const)('a store of the app, %s', async ([, shared, place], { provider, start }) => {
    const store = ownStore(shared)
    const one = await start({ relyingParty: { store, name: 'shop' } })
    await one.rp.ready()
    expect(one.log).toEqual([expect.any(String), expect.stringContaining(place)])
    const port = Number(new URL(one.url).port)
    await one.close()
    const another = await start({ relyingParty: { store, name: 'shop' }, port })
    await another.rp.ready()
    expect(another.log).toEqual([
      expect.stringContaining('Discovered'),
      expect.stringMatching(/^Reusing client \S+, which was registered at 20\d\d-\S+Z\.$/),
    ])
    expect(provider.clients.size).toBe(1)
  })
})

describe('the place of a record is told', () => {
  const inContainer = { isContainer: true, isOnVolume: async () => false }
  const onVolume = { isContainer: true, isOnVolume: async () => true }
  const onMachine = { isContainer: false, isOnVolume: async () => false }
  const reused = 'the next start reuses it.'
  const lost = 'in this container and not on a volume: the next container registers another client.'
  const redis = redisStore({ call: async () => null })
  const postgres = postgresStore({ query: async () => ({ rows: [] }) })

  test.for([
    ['a folder', embeddedStore('/srv/.oidc'), onMachine, '/srv/.oidc; the next start reuses it.'],
    ['a folder on a volume', embeddedStore('/srv/.oidc'), onVolume, '/srv/.oidc; the next start reuses it.'],
    ['a folder of a container', embeddedStore('/srv/.oidc'), inContainer, `/srv/.oidc, ${lost}`],
    ['a sealed folder', sealedStore(embeddedStore('/srv/.oidc'), [KEY]), inContainer, lost],
    ['a temporary folder', embeddedStore('/tmp/oidc'), inContainer, '/tmp/oidc, a temporary folder'],
    ['memory in a container', memoryStore(), inContainer, 'which ends with the process'],
    ['Redis', redis, inContainer, reused],
    ['PostgreSQL', postgres, inContainer, reused],
    ['sealed Redis', sealedStore(redis, [KEY]), onMachine, reused],
  ] as const)('%s', async ([, store, surroundings, sentence]) => {
    expect(await describeRecordPlace(store, surroundings)).toContain(sentence)
  })
})
