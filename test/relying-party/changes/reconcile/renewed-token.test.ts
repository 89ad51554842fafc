import { describe, expect } from 'vitest'
import { watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { expectSignIn, test } from '../../../support/flow.ts'

/** A store that refuses as many writes of the client record as a test says. */
function refusingStore() {
  const left = { refusals: 0 }
  const watched = watchedStore((operation, key) => {
    if (operation === 'set' && key.startsWith('client:') && left.refusals > 0) {
      left.refusals -= 1
      throw new Error('the disk is full')
    }
  })
  return { ...watched, left }
}

describe('a registration access token that the provider renews', () => {
  test('is recorded although the store fails right after the update', async ({
    provider,
    start,
    browser,
  }) => {
    const { store, record, left } = refusingStore()
    const first = await start({ relyingParty: { store, name: 'app' } })
    await first.rp.ready()
    await first.close()
    const usual = provider.usualAnswer('client')
    provider.answer('client', (request, response) => {
      if (request.method === 'PUT') left.refusals = 2
      return usual(request, response)
    })
    const port = Number(new URL(first.url).port)
    const metadata = { contacts: ['ops@app.test'] }
    const app = await start({ port, relyingParty: { store, name: 'app', metadata } })
    await expectSignIn({ app, browser })
    const [client] = provider.clients.values()
    expect((await record()).current?.granted.registration_access_token).toBe(
      client?.registration_access_token,
    )
    expect(left.refusals).toBe(0)
    expect(provider.clients.size).toBe(1)
  })

  test('during healing is recorded, and manages the client from then on', async ({
    provider,
    start,
    browser,
  }) => {
    const { store, record } = watchedStore()
    const metadata = { token_endpoint_auth_method: 'client_secret_basic' as const }
    const app = await start({ relyingParty: { store, name: 'app', metadata } })
    await expectSignIn({ app, browser })
    const [client] = provider.clients.values()
    if (client) client['client_secret'] = 'changed by hand'
    const usual = provider.usualAnswer('client')
    let isRenewed = false
    provider.answer('client', async (request, response) => {
      const end = response.end.bind(response)
      if (request.method === 'GET' && !isRenewed) {
        isRenewed = true
        response.end = ((text: string) => {
          if (client) client['registration_access_token'] = 'renewed'
          return end(JSON.stringify({ ...JSON.parse(text), registration_access_token: 'renewed' }))
        }) as typeof response.end
      }
      await usual(request, response)
    })
    await expectSignIn({ app, browser: new Browser() })
    expect((await record()).current?.granted.registration_access_token).toBe('renewed')
    await app.rp.unregister()
    expect(provider.clients.size).toBe(0)
  })
})
