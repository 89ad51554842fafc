import { MemoryStore } from 'express-session'
import { expect } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { watchedStore } from '../../support/apps/replicas.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { until } from '../matrix/flow.ts'
import { PersonalBrowser, visit } from '../matrix/person.ts'
import { testFlows } from '../matrix/test-flows.ts'

testFlows({
  async 'registers with the usual options'({ start }) {
    const app = await start()
    expect(await app.clients()).toHaveLength(1)
    expect((await visit(new PersonalBrowser(), app)).status).toBe(200)
  },

  async 'registers itself once and reuses its client'({ start }) {
    const directory = await temporaryDirectory()
    const first = await start({ directory })
    const clients = await first.clients()
    expect(clients).toHaveLength(1)
    await first.close()
    const again = await start({
      directory,
      clientName: first.clientName,
      port: Number(new URL(first.url).port),
    })
    expect((await visit(new PersonalBrowser(), again)).status).toBe(200)
    expect(await again.clients()).toEqual(clients)
  },

  async 'two replicas register one client'({ start, startUnready }) {
    const relyingParty = { store: memoryStore(), name: 'app', baseUrl: 'http://localhost:4321' }
    const first = await startUnready({ relyingParty })
    const second = await start({ relyingParty, clientName: first.clientName })
    await first.rp.ready()
    expect(await second.clients()).toHaveLength(1)
  },

  async 'two replicas stay one app when their store is wiped and restored'({ start }) {
    const { store, backUp, wipe } = watchedStore()
    const relyingParty = { store, name: 'app', rereadEvery: 0.5 }
    const session = { store: new MemoryStore() }
    const one = await start({ relyingParty, session })
    const restore = await backUp()
    await wipe()
    const { clientName, url: baseUrl } = one
    const other = await start({ relyingParty: { ...relyingParty, baseUrl }, session, clientName })
    await restore()
    await until(
      'both have the same client',
      async () => one.rp.status().clientId === other.rp.status().clientId,
    )
    // Begun at each of them; the provider sends every browser back to the first.
    for (const replica of [one, other]) {
      const page = await visit(new PersonalBrowser(), replica)
      expect([page.status, page.url], replica.log.join('\n')).toEqual([200, `${one.url}/private`])
    }
    one.measure('clients at the provider', (await one.clients()).length)
    expect((await one.clients()).length).toBeLessThanOrEqual(2)
  },
})
