import { expect } from 'vitest'
import { countAttempts, expectOneAttempt, passBelief } from '../matrix/attempts.ts'
import { PersonalBrowser, visit } from '../matrix/person.ts'
import { testFlows } from '../matrix/test-flows.ts'

testFlows({
  async 'its client is deleted'({ start, provider }) {
    const app = await start()
    const [client = ''] = await app.clients()
    await provider.administration.deleteClient(client)
    await passBelief()
    await expectOneAttempt(app)
    expect(await app.clients()).toHaveLength(1)
  },

  async 'its client is disabled'({ start, provider }) {
    const app = await start()
    const [client = ''] = await app.clients()
    await provider.administration.disableClient(client)
    await passBelief()
    await expectOneAttempt(app)
    expect(await app.clients()).toHaveLength(2)
  },

  async 'its keys are changed at the provider'({ start, provider }) {
    const app = await start()
    const clients = await app.clients()
    await provider.administration.changeKeys(clients[0] ?? '')
    await expectOneAttempt(app)
    expect(await app.clients()).toEqual(clients)
  },

  async 'its secret is changed at the provider'({ start, provider }) {
    const app = await start({
      relyingParty: { metadata: { token_endpoint_auth_method: 'client_secret_basic' } },
    })
    const [client = ''] = await app.clients()
    await provider.administration.changeSecret(client)
    await expectOneAttempt(app)
    const clients = await app.clients()
    expect(clients.length, clients.join()).toBeLessThanOrEqual(2)
  },

  async 'its registration token is voided'({ start, provider }) {
    const app = await start()
    const browser = new PersonalBrowser()
    expect((await visit(browser, app)).status).toBe(200)
    const clients = await app.clients()
    await provider.administration.voidRegistrationToken(clients[0] ?? '')
    const before = await countAttempts(app)
    expect([before.begun, await app.clients()]).toEqual([1, clients])

    expect(await app.rp.rotate()).toBe('replacement')
    const after = await countAttempts(app)
    expect([after.begun, (await app.clients()).length]).toEqual([1, 2])
    expect(await app.userOf(browser)).not.toBeNull()
  },
})
