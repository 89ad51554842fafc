import { expect } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { expectOneAttempt, passBelief } from '../matrix/attempts.ts'
import { PersonalBrowser, visit } from '../matrix/person.ts'
import { testFlows } from '../matrix/test-flows.ts'

testFlows({
  async 'the database is wiped while it runs'({ start, startProvider }) {
    const at = await startProvider('own')
    const app = await start({ at })
    await at.administration.wipe()
    await passBelief()
    await expectOneAttempt(app)
    expect(await app.clients()).toHaveLength(1)
  },

  async 'the database is wiped while it is stopped'({ start, startProvider }) {
    const at = await startProvider('own')
    const directory = await temporaryDirectory()
    const first = await start({ at, directory })
    await first.close()
    await at.administration.wipe()
    const { clientName, url } = first
    const app = await start({ at, directory, clientName, port: Number(new URL(url).port) })
    await expectOneAttempt(app)
    expect(await app.clients()).toHaveLength(1)
  },

  async 'the keys of the provider are rotated'({ start, startProvider }) {
    const at = await startProvider('own')
    const app = await start({ at, relyingParty: { store: memoryStore(), name: 'app' } })
    const earlier = new PersonalBrowser()
    expect((await visit(earlier, app)).status).toBe(200)
    await at.administration.rotateKeys()
    await expectOneAttempt(app)
    expect(await app.userOf(earlier)).not.toBeNull()
    expect(await app.clients()).toHaveLength(1)
  },
})
