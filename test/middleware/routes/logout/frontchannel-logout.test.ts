import { describe, expect } from 'vitest'
import { memoryStore, type Store } from '../../../../src/index.ts'
import type { TestApp } from '../../../support/app.ts'
import { startReplicas } from '../../../support/apps/replicas.ts'
import {
  test as base,
  frontchannel,
  isSignedIn,
  showLogin,
  type Visitor,
  visit,
} from '../../../support/logout.ts'
import { toldEvents } from '../../../support/told-events.ts'

const test = base.extend('framed', ({ start }) =>
  start({ after: showLogin, relyingParty: { routes: frontchannel } }),
)

/** Loads the page as a frame of the provider's page does, without cookies unless they are given. */
function frame(
  app: TestApp,
  query: Readonly<Record<string, string>> | string,
  cookie = '',
): Promise<Response> {
  const headers = { 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'cross-site' }
  const url = `${app.url}/frontchannel-logout?${new URLSearchParams(query).toString()}`
  return fetch(url, { headers: { ...headers, ...(cookie && { cookie }) } })
}

const cookieOf = ({ browser }: Visitor, app: TestApp): Promise<string> => browser.jar.getCookieString(app.url)

describe('the front-channel page', () => {
  test('ends the session at the provider that it names, without cookies, and no other', async ({
    framed: app,
    provider,
  }) => {
    const [meant, other] = [await visit(app), await visit(app)]
    const page = await frame(app, { iss: provider.issuer, sid: meant.sid })
    expect(page.status).toBe(200)
    expect(await isSignedIn(meant, app)).toEqual([false])
    expect(await isSignedIn(other, app)).toEqual([true])
    expect(page.headers.getSetCookie()).toEqual([])
  })

  test('ends it on every replica, and makes the browser forget a cookie that came along', async ({
    start,
    provider,
  }) => {
    const apps = await startReplicas(start, 2)
    const [one, two] = apps
    const visitor = await visit(one)
    const query = { iss: provider.issuer, sid: visitor.sid }
    const page = await frame(two, query, await cookieOf(visitor, one))
    expect(page.headers.getSetCookie()).toEqual([expect.stringMatching(/^connect\.sid=;.*Max-Age=0/)])
    expect(await isSignedIn(visitor, ...apps)).toEqual([false, false])
  })

  test('may be framed by the provider alone, whatever helmet has said, and is kept by nobody', async ({
    start,
    provider,
  }) => {
    provider.metadata.end_session_endpoint = 'https://public.op.example/oauth2/sessions/logout'
    const app = await start({
      relyingParty: { routes: frontchannel },
      before(app) {
        app.use((_req, res, next) => {
          res.setHeader('X-Frame-Options', 'SAMEORIGIN')
          res.setHeader('Content-Security-Policy', "frame-ancestors 'self'")
          res.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
          next()
        })
      },
    })
    await app.rp.ready()
    const { headers } = await frame(app, { iss: provider.issuer, sid: 'any' })
    expect(headers.get('x-frame-options')).toBeNull()
    expect(headers.get('content-security-policy')).toBe(
      `default-src 'none'; frame-ancestors ${provider.issuer} https://public.op.example`,
    )
    expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    expect(headers.get('cache-control')).toBe('no-store')
  })

  test('answers for a session that is not known as for one that is, and writes nothing for it', async ({
    start,
    provider,
  }) => {
    const inner = memoryStore()
    let writes = 0
    const store: Store = {
      ...inner,
      set(...args) {
        writes += 1
        return inner.set(...args)
      },
    }
    const app = await start({ after: showLogin, relyingParty: { store, routes: frontchannel } })
    const events = toldEvents()
    const { sid } = await visit(app)
    const answers: unknown[] = []
    const written: boolean[] = []
    for (const value of ['unknown', sid]) {
      writes = 0
      const page = await frame(app, { iss: provider.issuer, sid: value })
      answers.push([page.status, await page.text(), [...page.headers.keys()]])
      written.push(writes > 0)
    }
    expect(answers[0]).toEqual(answers[1])
    expect(written).toEqual([false, true])
    const received = events.filter(({ name }) => name === 'logout.received')
    expect(received.map(({ message }) => message['channel'])).toEqual(['front'])
    expect(JSON.stringify(events)).not.toContain(sid)
  })

  test('without iss and sid changes nothing, not even with the cookie', async ({ framed: app }) => {
    const visitor = await visit(app)
    expect((await frame(app, '', await cookieOf(visitor, app))).status).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([true])
  })

  const refused: readonly (readonly [string, (iss: string, sid: string) => string])[] = [
    ['only iss', iss => `iss=${iss}`],
    ['only sid', (_, sid) => `sid=${sid}`],
    ['another iss', (_, sid) => `iss=https://other.example&sid=${sid}`],
    ['a slash more in iss', (iss, sid) => `iss=${iss}/&sid=${sid}`],
    ['iss twice', (iss, sid) => `iss=${iss}&iss=${iss}&sid=${sid}`],
    ['sid twice', (iss, sid) => `iss=${iss}&sid=${sid}&sid=${sid}`],
    ['an empty sid', iss => `iss=${iss}&sid=`],
    ['a list of sids', (iss, sid) => `iss=${iss}&sid[]=${sid}`],
    ['a sid with a control character', iss => `iss=${iss}&sid=a%00b`],
    ['a sid that is too long', iss => `iss=${iss}&sid=${'x'.repeat(2_049)}`],
  ]

  test('ends the session with a long sid', async ({ framed: app, provider }) => {
    const sid = 's'.repeat(2_048)
    provider.idToken = (claims, header) => ({ claims: { ...claims, sid }, header })
    const visitor = await visit(app)
    expect((await frame(app, { iss: provider.issuer, sid: 's'.repeat(2_047) })).status).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([true])
    expect((await frame(app, { iss: provider.issuer, sid })).status).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })

  test.for(refused)('refuses %s, and nobody is signed out', async ([, query], { framed: app, provider }) => {
    const visitor = await visit(app)
    const page = await frame(app, query(provider.issuer, visitor.sid), await cookieOf(visitor, app))
    expect(page.status).toBe(400)
    expect(await page.text()).toContain('ERR_OIDC_LOGOUT_INVALID')
    expect(await isSignedIn(visitor, app)).toEqual([true])
    expect((await frame(app, { iss: provider.issuer, sid: visitor.sid })).status).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })

  test('takes no POST', async ({ framed: app, provider }) => {
    const visitor = await visit(app)
    const query = new URLSearchParams({ iss: provider.issuer, sid: visitor.sid }).toString()
    const answer = await fetch(`${app.url}/frontchannel-logout?${query}`, { method: 'POST' })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET'])
    expect(await isSignedIn(visitor, app)).toEqual([true])
  })

  test('is off unless its route is switched on, and is not registered', async ({ start, provider }) => {
    const app = await start({ after: showLogin })
    await app.rp.ready()
    expect((await frame(app, { iss: provider.issuer, sid: 'any' })).status).toBe(404)
    const registered = JSON.stringify([...provider.clients.values()])
    expect(registered).not.toContain('frontchannel')
    expect(registered).toContain('backchannel')
  })

  test('is off where its route is switched off', async ({ start, provider }) => {
    const routes = { backchannelLogout: false, frontchannelLogout: false } as const
    const app = await start({ after: showLogin, relyingParty: { routes } })
    await app.rp.ready()
    expect((await frame(app, { iss: provider.issuer, sid: 'any' })).status).toBe(404)
    expect((await fetch(`${app.url}/backchannel-logout`, { method: 'POST' })).status).toBe(404)
    const registered = JSON.stringify([...provider.clients.values()])
    expect(registered).not.toMatch(/(back|front)channel/)
  })
})
