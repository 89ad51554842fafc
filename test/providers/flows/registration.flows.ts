import { expect } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { PersonalBrowser, visit } from '../matrix/person.ts'
import { testFlows } from '../matrix/test-flows.ts'

testFlows({
  async 'registers with the usual options'({ start }) {
    const app = await start({ isUsual: true })
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
})
