import { describe, expect } from 'vitest'
import type { RelyingPartyOptions } from '../../../../src/index.ts'
import { watchedStore } from '../../../support/apps/replicas.ts'
import { test } from '../../../support/flow.ts'
import type { ScriptedProvider } from '../../../support/scripted-provider.ts'

/** Keycloak 26.7.3 answers 403 to `scope` in a registration; its discovery document has this path (keycloak.md, Registration). */
function likeKeycloak({ metadata, issuer }: ScriptedProvider): void {
  metadata.authorization_endpoint = `${issuer}/protocol/openid-connect/auth`
}

const sentBy = ({ requests }: ScriptedProvider, method: string) =>
  requests.filter(({ method: sent }) => sent === method).map(({ body }) => JSON.parse(body))

describe('the scope of a registration', () => {
  test('is left to the realm at Keycloak, and still requested at sign-in', async ({
    provider,
    start,
    browser,
  }) => {
    likeKeycloak(provider)
    const app = await start({ relyingParty: { scope: 'openid roles' } })
    await app.rp.ready()
    expect(sentBy(provider, 'POST')).toHaveLength(1)
    expect(sentBy(provider, 'POST')[0]).not.toHaveProperty('scope')
    const { headers } = await browser.open(`${app.url}/login`, { follow: false })
    expect(new URL(headers.get('location') ?? '').searchParams.get('scope')).toBe('openid roles')
  })

  test('is sent to Keycloak if metadata says so, and to other providers always', async ({
    provider,
    start,
  }) => {
    await (await start()).rp.ready()
    likeKeycloak(provider)
    await (await start({ relyingParty: { metadata: { scope: 'profile email' } } })).rp.ready()
    const scopes = sentBy(provider, 'POST').map(({ scope }) => scope)
    expect(scopes).toEqual(['openid profile email', 'profile email'])
  })

  test('is not echoed to Keycloak in an update, whichever release makes it', async ({ provider, start }) => {
    likeKeycloak(provider)
    const { store } = watchedStore()
    const release = async (client_name: string) => {
      const baseUrl = 'http://localhost:4321'
      const relyingParty = { store, name: 'app', baseUrl, metadata: { client_name } } as RelyingPartyOptions
      const app = await start({ relyingParty })
      await app.rp.ready()
      return app
    }
    const old = await release('Old')
    for (const client of provider.clients.values()) Object.assign(client, { scope: 'realm scopes' }) // told by GET
    await release('New')
    await old.rp.rotate()
    expect(sentBy(provider, 'PUT').length).toBeGreaterThan(1)
    for (const sent of sentBy(provider, 'PUT')) expect(sent).not.toHaveProperty('scope')
  })
})
