import { describe, expect } from 'vitest'
import type { RelyingPartyOptions } from '../../../../src/index.ts'
import { watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { test as base, expectSignIn } from '../../../support/flow.ts'
import { freePort } from '../../../support/processes/free-port.ts'
import { changeAnswers } from '../../../support/providers/changed-answers.ts'
import { redirectTo } from '../../../support/scripted-provider.ts'

/** Spring Authorization Server 7.0.6 has no PUT and DELETE: it answers 302 to its login page (keycloak.md, Others). */
const test = base
  .extend('watched', () => watchedStore())
  .extend('firstPort', () => freePort())
  .extend('release', ({ start, provider, watched, firstPort }) => {
    provider.answer('client', redirectTo(`${provider.issuer}/login`))
    return async (options: Partial<RelyingPartyOptions> = {}, port = firstPort) => {
      const baseUrl = `http://localhost:${port}`
      const relyingParty = { store: watched.store, name: 'app', baseUrl, ...options } as RelyingPartyOptions
      const app = await start({ port, relyingParty })
      await app.rp.ready()
      return app
    }
  })

/** django-oauth-toolkit 3.4.1: no registration_endpoint in discovery, addresses of clients end in a slash (keycloak.md, Others). */
base(
  'the address of a client is used as given, although the registration endpoint was configured',
  async ({ provider, start }) => {
    changeAnswers(provider, 'register', ({ registration_client_uri: uri, ...body }) => ({
      ...body,
      registration_client_uri: `${String(uri)}/`,
    }))
    const registration_endpoint = `${provider.issuer}/register`
    delete provider.metadata.registration_endpoint
    const app = await start({ relyingParty: { endpoints: { registration_endpoint } } })
    await app.rp.ready()
    const { clientId } = app.rp.status()
    await app.rp.rotate()
    const managed = provider.requests.filter(({ path }) => path.startsWith('/register/'))
    expect([...new Set(managed.map(({ path }) => path))]).toEqual([`/register/${clientId}/`])
  },
)

describe('a provider that redirects requests to manage a client', () => {
  test('keeps its client when a change is not essential, and the log says so', async ({
    provider,
    release,
  }) => {
    const first = await release()
    await first.close()
    const app = await release({ metadata: { contacts: ['a@b.test'] } })
    expect(app.log.join('\n')).toMatch(/HTTP 302, a redirect.*does not let this client be managed/)
    expect(provider.requestsTo('register')).toHaveLength(1)
    expect(provider.requests.filter(({ path }) => path === '/login')).toEqual([])
    await expectSignIn({ app, browser: new Browser() })
  })

  test('gets a new client when the addresses change', async ({ provider, release }) => {
    const first = await release()
    await first.close()
    const app = await release({}, await freePort())
    expect(provider.requestsTo('register')).toHaveLength(2)
    await expectSignIn({ app, browser: new Browser() })
  })

  test('rotates by a replacement client', async ({ provider, release }) => {
    const app = await release()
    expect(await app.rp.rotate()).toBe('replacement')
    expect([provider.clients.size, provider.requestsTo('register').length]).toEqual([2, 2])
    await expectSignIn({ app, browser: new Browser() })
  })

  test('is told of by unregister(), which does not wait for a deletion', async ({ provider, release }) => {
    const app = await release()
    const { clientId } = app.rp.status()
    await app.rp.unregister()
    expect(app.log.join('\n')).toContain(`Client ${clientId} is no longer used and cannot be deleted`)
    expect(provider.clients.size).toBe(1)
  })
})
