import { decodeJwt } from 'jose'
import { describe, expect } from 'vitest'
import { deliver, startReplicas, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { pass, stopClock } from '../../../support/clock.ts'
import { expectSignIn, locationOf, reachCallback } from '../../../support/flow.ts'
import { test as base } from '../../../support/hydra-flow.ts'
import { status } from '../../../support/scripted-provider.ts'

stopClock()

/** An app at Hydra that has a secret, which Hydra does not change. */
const test = base
  .extend('watched', () => watchedStore())
  .extend('replicas', ({ hydra, start, watched }) => () => {
    const metadata = { token_endpoint_auth_method: 'client_secret_basic' as const }
    return startReplicas(start, 2, {
      issuer: hydra.issuer,
      store: watched.store,
      relyingParty: { metadata, rereadEvery: 0.05 },
    })
  })

const LIFETIME = 8 * 3_600_000 + 600_000

const clientsOfTokens = (
  requests: readonly { headers: { authorization?: string | undefined } }[],
): string[] =>
  requests.map(({ headers }) =>
    decodeURIComponent(atob((headers.authorization ?? '').slice(6)).split(':')[0] ?? ''),
  )

describe('a replacement', () => {
  test('makes a second client, with which new sign-ins begin', async ({ hydra, replicas }) => {
    const [one, other] = await replicas()
    const [old] = hydra.clients.keys()
    expect(await one.rp.rotate()).toBe('replacement')
    const [, now] = hydra.clients.keys()
    expect(one.rp.status()).toMatchObject({
      clientId: now,
      generation: 2,
      retiring: [{ clientId: old, until: new Date(Date.now() + LIFETIME) }],
    })
    await expect.poll(() => other.rp.status().clientId).toBe(now)
    for (const app of [one, other]) {
      const begun = await new Browser().open(`${app.url}/login`, { follow: false })
      expect(locationOf(begun).searchParams.get('client_id')).toBe(now)
      await expectSignIn({ app: one, browser: new Browser() })
    }
  })

  test('leaves the old client the sign-ins that were begun with it, on every replica', async ({
    hydra,
    replicas,
  }) => {
    const [one, other] = await replicas()
    const [old] = hydra.clients.keys()
    for (const at of [one, other]) {
      const browser = new Browser()
      const callback = await reachCallback(browser, one)
      await one.rp.rotate()
      expect((await deliver(browser, callback, at)).status).toBe(200)
    }
    const used = clientsOfTokens(hydra.requestsTo('token'))
    expect(used[0]).toBe(old)
    expect(used).toEqual([...hydra.clients.keys()].slice(0, 2))
    expect(one.rp.status().retiring).toHaveLength(2)
  })

  test('lets a replica that has not read of the new client end what was begun with it', async ({
    hydra,
    start,
    browser,
  }) => {
    const metadata = { token_endpoint_auth_method: 'client_secret_basic' as const }
    const [one, other] = await startReplicas(start, 2, { issuer: hydra.issuer, relyingParty: { metadata } })
    await one.rp.rotate()
    const callback = await reachCallback(browser, one)
    expect((await deliver(browser, callback, other)).status).toBe(200)
    expect(hydra.requestsTo('authorize')).toHaveLength(1)
    expect(clientsOfTokens(hydra.requestsTo('token'))).toEqual([one.rp.status().clientId])
  })

  test('leaves the old client the sign-outs of its own sign-ins', async ({ hydra, replicas, browser }) => {
    const [one] = await replicas()
    await expectSignIn({ app: one, browser })
    const [old] = hydra.clients.keys()
    await one.rp.rotate()
    const page = await browser.post(`${one.url}/logout`, {}, { follow: false })
    const hint = locationOf(page).searchParams.get('id_token_hint') ?? ''
    expect([decodeJwt(hint).aud].flat()).toEqual([old])
    expect(locationOf(page).searchParams.get('client_id')).toBe(old)
    const end = await browser.open(locationOf(page).href)
    expect(end.url).toBe(`${one.url}/`)
    expect(await one.userOf(browser)).toBeNull()
  })

  test('deletes the old client when the last session has been over for ten minutes', async ({
    hydra,
    replicas,
    watched,
  }) => {
    const [one, other] = await replicas()
    const [old] = hydra.clients.keys()
    await one.rp.rotate()
    pass(LIFETIME - 1)
    await watched.rounds(8)
    expect([...hydra.clients.keys()]).toContain(old)
    pass(1)
    await expect.poll(() => hydra.clients.size).toBe(1)
    await expect.poll(async () => (await watched.record()).retiring).toEqual([])
    await expect.poll(() => [one, other].map(app => app.rp.status().retiring)).toEqual([[], []])
    expect(hydra.requestsTo('client').filter(({ method }) => method === 'DELETE')).toHaveLength(1)
    expect([...hydra.clients.keys()]).toEqual([one.rp.status().clientId])
  })

  test('forgets an old client that is gone already', async ({ hydra, replicas, watched }) => {
    const [one] = await replicas()
    const [old] = hydra.clients.keys()
    await one.rp.rotate()
    hydra.deleteClient(String(old))
    pass(LIFETIME)
    await expect.poll(async () => (await watched.record()).retiring).toEqual([])
    expect(one.rp.status()).toMatchObject({ state: 'ready', lastError: undefined })
    await expectSignIn({ app: one, browser: new Browser() })
  })

  test('names an old client that may not be deleted, once, and forgets it', async ({
    hydra,
    replicas,
    watched,
  }) => {
    const apps = await replicas()
    const [old] = hydra.clients.keys()
    await apps[0].rp.rotate()
    hydra.answer('client', status(403, { error: 'access_denied' }))
    pass(LIFETIME)
    await expect.poll(async () => (await watched.record()).retiring).toEqual([])
    await watched.rounds(8)
    const said = apps
      .flatMap(({ log }) => log)
      .filter(sentence => sentence.includes('Delete it at the provider'))
    expect(said).toEqual([expect.stringContaining(`Client ${old} is no longer used`)])
  })

  test('names an old client that lives on because its registration access token is lost', async ({
    hydra,
    replicas,
    watched,
  }) => {
    const apps = await replicas()
    const [old] = hydra.clients.keys()
    await apps[0].rp.rotate()
    hydra.adminPatch(String(old))
    pass(LIFETIME)
    await expect.poll(async () => (await watched.record()).retiring).toEqual([])
    expect(apps.flatMap(({ log }) => log).join('\n')).toContain(`Client ${old} is no longer used`)
  })

  test('tries again to delete a client when the provider had trouble, and does what else is due', async ({
    hydra,
    replicas,
    watched,
  }) => {
    const [one] = await replicas()
    await one.rp.rotate()
    hydra.answer('client', status(500))
    pass(LIFETIME)
    await expect.poll(() => one.rp.status().lastError?.message).toContain('deleteOidcDynamicClient')
    expect((await watched.record()).retiring).toHaveLength(1)
    pass(90 * 86_400_000)
    await expect.poll(() => hydra.clients.size).toBe(3)
    hydra.answer('client', undefined)
    await expect.poll(() => hydra.clients.size).toBe(2)
    await expect.poll(() => one.rp.status().lastError).toBeUndefined()
  })
})
