import { describe, expect } from 'vitest'
import { memoryStore, type Store } from '../../../../src/index.ts'
import type { TestApp } from '../../../support/app.ts'
import { test as base, frontchannel, isSignedIn, showLogin, visit } from '../../../support/logout.ts'
import type { ScriptedProvider } from '../../../support/scripted-provider.ts'
import { gate, held } from '../../../support/tokens/user-info.ts'
import { toldEvents } from '../../../support/told-events.ts'

/** A store in memory that answers when it may. */
interface SlowStore {
  readonly store: Store
  wait: () => Promise<unknown>
}

const test = base.extend('slow', (): SlowStore => {
  const inner = memoryStore()
  const slow: SlowStore = {
    store: { ...inner, get: key => slow.wait().then(() => inner.get(key)) },
    wait: async () => undefined,
  }
  return slow
})

/** Loads the page; most browsers send no cookie with it. */
function frame(app: TestApp, { issuer }: ScriptedProvider, sid: string, cookie = ''): Promise<Response> {
  const query = new URLSearchParams({ iss: issuer, sid }).toString()
  return fetch(`${app.url}/frontchannel-logout?${query}`, { headers: cookie ? { cookie } : {} })
}

describe('the front-channel page holds up nobody', () => {
  test.for([false, true])(
    'where the store is slow: the session ends behind it (with its cookie: %s)',
    async (hasCookie, { start, provider, slow }) => {
      const app = await start({ relyingParty: { store: slow.store, routes: frontchannel }, after: showLogin })
      const [meant, other] = [await visit(app), await visit(app)]
      const cookie = hasCookie ? await meant.browser.jar.getCookieString(app.url) : ''
      const events = toldEvents()
      const answers = gate()
      slow.wait = () => answers.opened
      expect((await frame(app, provider, meant.sid, cookie)).status).toBe(200)
      expect(await isSignedIn(meant, app)).toEqual([true])
      answers.open()
      await expect.poll(() => isSignedIn(meant, app)).toEqual([false])
      expect(await isSignedIn(other, app)).toEqual([true])
      await expect.poll(() => events.map(({ name }) => name)).toEqual(['login.ended', 'logout.received'])
    },
  )

  test('where the store hangs: that nobody was signed out is told', async ({ start, provider, slow }) => {
    const app = await start({ relyingParty: { store: slow.store, routes: frontchannel }, after: showLogin })
    const { sid, browser } = await visit(app)
    const events = toldEvents()
    slow.wait = () => new Promise(() => undefined)
    expect((await frame(app, provider, sid)).status).toBe(200)
    await expect.poll(() => events.map(({ name }) => name)).toEqual(['request.failed'])
    expect(events[0]?.message['error']).toMatchObject({ code: 'ERR_OIDC_STORE_UNAVAILABLE' })
    expect(app.log.at(-1)).toContain('A front-channel logout failed: The store in')
    slow.wait = async () => undefined
    expect(await isSignedIn({ browser }, app)).toEqual([true])
    expect((await frame(app, provider, sid)).status).toBe(200)
    expect(await isSignedIn({ browser }, app)).toEqual([false])
  })

  test('where the store fails at once: the page says so', async ({ start, provider, slow }) => {
    const app = await start({ relyingParty: { store: slow.store, routes: frontchannel }, after: showLogin })
    const { sid } = await visit(app)
    slow.wait = () => Promise.reject(new Error('gone'))
    expect((await frame(app, provider, sid)).status).toBe(503)
  })

  test('where the provider is slow: the page may be framed by its issuer', async ({ start, provider }) => {
    const discovery = held(provider.usualAnswer('discovery'))
    provider.answer('discovery', discovery.answer)
    const app = await start({ relyingParty: { routes: frontchannel } })
    const { status, headers } = await frame(app, provider, 'any')
    discovery.release()
    expect(status).toBe(200)
    expect(headers.get('content-security-policy')).toContain(`frame-ancestors ${provider.issuer}`)
  })
})
