import session from 'express-session'
import { describe, expect } from 'vitest'
import { sideBySide as test } from '../../../support/apps/releases.ts'
import { Browser } from '../../../support/browser.ts'
import { pass, stopClock, until } from '../../../support/clock.ts'
import { expectSignIn } from '../../../support/flow.ts'
import type { ScriptedHydra } from '../../../support/scripted-hydra.ts'
import { status } from '../../../support/scripted-provider.ts'
import { askToken, tokenRoutes } from '../../../support/tokens/token-routes.ts'

stopClock()

const HOUR = 3_600_000
/** The absolute lifetime of sessions and ten minutes. */
const DRAINED = 8 * HOUR + 600_000

const soon = { rereadEvery: 0.03 }
const wide = { ...soon, scope: 'openid profile email offline_access' }
const narrow = { ...soon, scope: 'openid email' }

interface Registered {
  readonly scope?: unknown
  readonly grant_types?: unknown
  readonly redirect_uris?: unknown
  readonly post_logout_redirect_uris?: unknown
}

const clientAt = (hydra: ScriptedHydra): Registered => {
  expect(hydra.clients.size).toBe(1)
  return [...hydra.clients.values()][0] ?? {}
}

const registeredFor = (urls: readonly string[], scope: string, grants: readonly string[]): Registered => ({
  scope,
  grant_types: grants,
  redirect_uris: urls.map(url => `${url}/callback`),
  post_logout_redirect_uris: urls.map(url => `${url}/logout/callback`),
})

const putsTo = (hydra: ScriptedHydra): number =>
  hydra.requestsTo('client').filter(({ method }) => method === 'PUT').length

const CODE = ['authorization_code']
const BOTH = ['authorization_code', 'refresh_token']

describe('what only an earlier release needs', () => {
  test('stays registered until its last session is over, and is removed then', async ({
    hydra,
    release,
    watched,
  }) => {
    const old = await release('old', wide)
    await old.close()
    const now = await release('new', narrow)
    pass(DRAINED - 1)
    await watched.rounds(8)
    const all = registeredFor([now.url, old.url], 'openid email profile offline_access', BOTH)
    expect(clientAt(hydra)).toMatchObject(all)
    expect(putsTo(hydra)).toBe(1)
    pass(1)
    await until(() => putsTo(hydra) === 2)
    await watched.rounds(8)
    expect(clientAt(hydra)).toMatchObject(registeredFor([now.url], 'openid email', CODE))
    expect(putsTo(hydra)).toBe(2)
    expect(now.log.join('\n')).toContain('what only earlier releases of this app used')
    await expectSignIn({ app: now, browser: new Browser() })
  })

  test('is removed by a start after everything was stopped', async ({ hydra, release }) => {
    await (await release('old', wide)).close()
    await (await release('new', narrow)).close()
    pass(DRAINED)
    const app = await release('new', narrow)
    await until(() => putsTo(hydra) === 2)
    expect(clientAt(hydra)).toMatchObject(registeredFor([app.url], 'openid email', CODE))
  })

  test('lets a sign-in from before refresh its tokens', async ({ release, browser, hydra }) => {
    const app = { session: { store: new session.MemoryStore() }, after: tokenRoutes }
    await expectSignIn({ app: await release('app', { ...wide, rereadEvery: 30 }, app), browser })
    const now = await release('app', { ...narrow, rereadEvery: 30 }, app)
    const before = await askToken(now, browser)
    pass(2 * HOUR)
    const after = await askToken(now, browser)
    expect([before.status, after.status]).toEqual([200, 200])
    expect(after.token).not.toBe(before.token)
    expect(clientAt(hydra)).toMatchObject({ grant_types: BOTH })
  })

  test('stays if the app goes back to it, and what the newer one needed goes', async ({ hydra, release }) => {
    const old = await release('old', wide)
    await (await release('new', { ...wide, metadata: { contacts: ['new@a.test'] } })).close()
    pass(HOUR)
    const again = await release('old', wide)
    pass(DRAINED)
    await until(() => putsTo(hydra) === 3)
    expect(clientAt(hydra)).toMatchObject(
      registeredFor([old.url], 'openid profile email offline_access', BOTH),
    )
    await expectSignIn({ app: again, browser: new Browser() })
  })

  test('stays as long as another release needs it that is not over', async ({ hydra, release, watched }) => {
    await (await release('first', wide)).close()
    const second = await release('second', { ...wide, scope: 'openid offline_access' })
    await second.close()
    pass(2 * HOUR)
    const now = await release('new', narrow)
    pass(DRAINED - 2 * HOUR)
    await until(() => putsTo(hydra) === 3)
    await watched.rounds(8)
    const left = registeredFor([now.url, second.url], 'openid email offline_access', BOTH)
    expect(clientAt(hydra)).toMatchObject(left)
    pass(2 * HOUR)
    await until(() => putsTo(hydra) === 4)
    expect(clientAt(hydra)).toMatchObject(registeredFor([now.url], 'openid email', CODE))
  })

  test('goes without what an administrator has added', async ({ hydra, release }) => {
    await (await release('old', wide)).close()
    const now = await release('new', narrow)
    const added = 'https://added.test/callback'
    const client = [...hydra.clients.values()][0]
    if (client) client.redirect_uris = [...(client.redirect_uris as string[]), added]
    pass(DRAINED)
    await until(() => putsTo(hydra) === 2)
    expect(clientAt(hydra)).toMatchObject({
      redirect_uris: [`${now.url}/callback`, added],
      scope: 'openid email',
    })
  })

  test('stays if the provider refuses, which is said once', async ({ hydra, release, watched }) => {
    await (await release('old', wide)).close()
    const now = await release('new', narrow)
    hydra.answer('client', status(403, { error: 'access_denied' }))
    pass(DRAINED)
    await until(() => now.log.some(line => line.includes('What earlier releases used stays registered')))
    await watched.rounds(8)
    expect(now.log.filter(line => line.includes('stays registered'))).toHaveLength(1)
    expect(clientAt(hydra)).toMatchObject({ grant_types: BOTH })
  })

  test('is removed later if the provider has trouble', async ({ hydra, release }) => {
    await (await release('old', wide)).close()
    const now = await release('new', narrow)
    hydra.answer('client', status(500))
    pass(DRAINED)
    await until(() => now.rp.status().lastError !== undefined)
    hydra.answer('client', undefined)
    await until(() => putsTo(hydra) > 1 && now.rp.status().lastError === undefined)
    expect(clientAt(hydra)).toMatchObject({ grant_types: CODE })
  })

  test('moves to a client that takes the place of another one, and is removed there', async ({
    hydra,
    release,
  }) => {
    const before = { ...wide, metadata: { token_endpoint_auth_method: 'client_secret_basic' as const } }
    await release('old', before)
    const now = await release('new', {
      ...narrow,
      metadata: { token_endpoint_auth_method: 'private_key_jwt' },
    })
    await (await release('old', before)).close()
    expect([...hydra.clients.values()]).toMatchObject([{ grant_types: BOTH }, { grant_types: BOTH }])
    pass(DRAINED + HOUR)
    await until(() => hydra.clients.size === 1 && putsTo(hydra) === 1)
    expect(clientAt(hydra)).toMatchObject(registeredFor([now.url], 'openid email', CODE))
  })
})

describe('releases that run side by side for a day', () => {
  test('both sign users in, change nothing, and leave nothing when the older one has stopped', async ({
    hydra,
    release,
    watched,
  }) => {
    const old = await release('old', wide)
    const now = await release('new', narrow)
    const registered = structuredClone(clientAt(hydra))
    for (let hours = 0; hours < 24; hours += 1) {
      pass(HOUR)
      await watched.rounds(8)
    }
    for (const app of [old, now]) await expectSignIn({ app, browser: new Browser() })
    expect(putsTo(hydra)).toBe(1)
    expect(clientAt(hydra)).toEqual(registered)
    await old.close()
    pass(DRAINED - 1)
    await watched.rounds(8)
    expect(clientAt(hydra)).toEqual(registered)
    pass(HOUR + 1)
    await until(() => putsTo(hydra) === 2)
    expect(clientAt(hydra)).toMatchObject(registeredFor([now.url], 'openid email', CODE))
    await expectSignIn({ app: now, browser: new Browser() })
  })
})
