import { inspect } from 'node:util'
import { describe, expect } from 'vitest'
import type { RelyingPartyOptions } from '../../src/index.ts'
import { startReplicas, watchedStore } from '../support/apps/replicas.ts'
import { Browser } from '../support/browser.ts'
import { pass, stopClock, until } from '../support/clock.ts'
import { expectSignIn, reachCallback } from '../support/flow.ts'
import { test as base } from '../support/hydra-flow.ts'
import { takeSecrets } from '../support/providers/changed-answers.ts'
import { clientEvents, toldEvents } from '../support/told-events.ts'

stopClock()

const test = base.extend('watched', () => watchedStore()).extend('events', () => toldEvents())

const LIFETIME = 8 * 3_600_000 + 600_000

describe('the events', () => {
  test('of a life tell each step, and neither they nor the status hold a secret', async ({
    provider,
    start,
    watched,
    events,
    browser,
  }) => {
    const secret: Partial<RelyingPartyOptions> = {
      metadata: { token_endpoint_auth_method: 'client_secret_basic' },
    }
    const options = { store: watched.store, relyingParty: { rereadEvery: 0.03, ...secret } }
    const [first] = await startReplicas(start, 1, options)
    const secrets = new Set<string>()
    const seen: string[] = []
    const note = async (): Promise<void> => {
      const text = `${await watched.contents()} ${JSON.stringify([...provider.clients.values()])}`
      for (const [, value = ''] of text.matchAll(
        /"(?:client_secret|registration_access_token|d|accessToken|idToken|nextSecret)\\?":\s*\\?"([^"\\]+)/g,
      ))
        secrets.add(value)
      seen.push(inspect(first.rp.status(), { depth: 9 }), first.log.join('\n'))
    }
    const expected = ['client.registered']
    const step = async (...next: string[]): Promise<void> => {
      expected.push(...next)
      await note()
      expect(clientEvents(events)).toEqual(expected)
    }
    await step()
    const options2 = { ...options, relyingParty: { ...options.relyingParty, baseUrl: first.url } }
    const [second] = await startReplicas(start, 1, options2)
    await step('client.reused')
    await second.close()
    const changed = { ...options2.relyingParty, metadata: { ...secret.metadata, client_name: 'Other' } }
    const [app] = await startReplicas(start, 1, { ...options2, relyingParty: changed })
    await step('client.updated')
    takeSecrets(provider)
    await app.rp.rotate()
    await step('client.updated', 'client.rotated')
    provider.answer('client', undefined)
    await app.rp.rotate()
    await step('client.registered', 'client.replaced', 'client.rotated')
    pass(LIFETIME)
    await until(() => provider.clients.size === 1)
    await until(() => clientEvents(events).at(-1) === 'client.deleted')
    await step('client.deleted')
    for (const client of provider.clients.values())
      Object.assign(client, { client_secret: 'changed by hand' })
    await expectSignIn({ app: first, browser })
    await step('client.healed')
    const callback = await reachCallback(new Browser(), app)
    expect(callback.pathname).toBe('/callback')
    await app.rp.unregister()
    await step('client.deleted')
    expect(secrets.size).toBeGreaterThan(8)
    const told = inspect([events, seen, app.log], { depth: 12, maxStringLength: null, maxArrayLength: null })
    for (const value of secrets) expect(told.includes(value)).toBe(false)
    for (const { message } of events) expect(message['issuer']).toBe(provider.issuer)
  })

  test('tell that a client which was gone has been healed by a new one', async ({
    hydra,
    app,
    events,
    browser,
  }) => {
    const callback = await reachCallback(browser, app)
    hydra.clients.clear()
    await browser.open(callback.href)
    expect(clientEvents(events)).toEqual(['client.registered', 'client.registered', 'client.healed'])
    const names = events.map(({ name }) => name).filter(name => name.startsWith('login.'))
    expect(names).toEqual(['login.started', 'login.restarted', 'login.started', 'login.completed'])
  })
})
