import { setTimeout as pause } from 'node:timers/promises'
import type { RequestHandler } from 'express'
import { CookieJar } from 'tough-cookie'
import { expect } from 'vitest'
import { attemptSilentLogin, requireAcr, requireRecentLogin, requireRoles } from '../../../src/index.ts'
import { setClockAhead } from '../matrix/clock.ts'
import { goOn, PersonalBrowser, visit } from '../matrix/person.ts'
import { facts } from '../matrix/providers.ts'
import { testFlows } from '../matrix/test-flows.ts'

testFlows({
  async 'fetches the UserInfo'({ start }) {
    const app = await start()
    const browser = new PersonalBrowser()
    expect((await visit(browser, app)).status).toBe(200)
    const info = JSON.parse((await browser.open(`${app.url}/info`)).text)
    expect(info).toMatchObject({ sub: expect.any(String), name: 'Alice Liddell' })
  },

  async 'verifies a signed UserInfo'({ start, provider }) {
    const types: (string | null)[] = []
    const watchedFetch: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init)
      if (/userinfo|\/me$/.test(String(input instanceof Request ? input.url : input)))
        types.push(answer.headers.get('content-type'))
      return answer
    }
    const metadata = { userinfo_signed_response_alg: facts[provider.name].signingAlgorithm }
    const app = await start({ relyingParty: { fetch: watchedFetch, metadata } })
    const browser = new PersonalBrowser()
    expect((await visit(browser, app)).status, app.log.join('\n')).toBe(200)
    expect(types[0]).toMatch(/^application\/jwt/)
  },

  async 'guards pages by roles'({ start, provider }) {
    const at = facts[provider.name].rolesAt
    const app = await start({
      after(router) {
        router.get('/admin', requireRoles('admin', { at }), (_req, res) => void res.send('admin page'))
        router.get('/owner', requireRoles('owner', { at }), (_req, res) => void res.send('owner page'))
      },
    })
    const browser = new PersonalBrowser()
    const admin = await visit(browser, app, '/admin')
    expect([admin.status, admin.text.slice(0, 20)]).toEqual([200, 'admin page'])
    expect((await browser.open(`${app.url}/owner`)).status).toBe(403)
  },

  async 'signs in silently'({ start }) {
    const app = await start({ after: router => void router.use(attemptSilentLogin()) })
    const browser = new PersonalBrowser()
    expect((await visit(browser, app)).status).toBe(200)
    const returning = withoutCookiesOf('localhost', browser)
    const page = await returning.open(`${app.url}/`)
    expect([page.status, page.url, page.text]).toEqual([200, `${app.url}/`, 'public'])
    expect(await app.userOf(returning)).not.toBeNull()
  },

  async 'stays signed out when nobody can be signed in silently'({ start }) {
    const app = await start({ after: router => void router.use(attemptSilentLogin()) })
    const browser = new PersonalBrowser()
    const page = await browser.open(`${app.url}/`)
    expect([page.status, page.url, page.text]).toEqual([200, `${app.url}/`, 'public'])
    expect(await app.userOf(browser)).toBeNull()
    expect((await visit(browser, app)).status).toBe(200)
  },

  async 'asks again for a login that is too old'({ start, provider }) {
    const guard = requireRecentLogin({ maxAge: 1 })
    const app = await start({
      after: router =>
        router.get('/recent', laterAtFirst(30, guard), (_req, res) => void res.send('recent page')),
    })
    const browser = new PersonalBrowser()
    expect((await visit(browser, app)).status).toBe(200)
    await pause(2_500)
    const asked = await browser.open(`${app.url}/recent`)
    if (!facts[provider.name].asksNothing) expect(asked.text).toMatch(/type="password"/)
    const page = await goOn(browser, asked)
    expect([page.status, page.text]).toEqual([200, 'recent page'])
  },

  async 'asks for a stronger sign-in by its class'({ start, startProvider, provider }) {
    const { strongClass } = facts[provider.name]
    const needsSetup = 'offerClasses' in provider.administration
    const at = needsSetup ? await startProvider('own') : provider
    if (needsSetup) await at.administration.offerClasses()
    const app = await start({
      at,
      after(router) {
        router.get('/strong', requireAcr(strongClass), (_req, res) => void res.send('strong page'))
        router.get('/never', requireAcr('platinum'), (_req, res) => void res.send('never shown'))
      },
    })
    const browser = new PersonalBrowser()
    expect((await visit(browser, app)).status).toBe(200)
    expect((await app.userOf(browser))?.['acr']).not.toBe(strongClass)
    const page = await visit(browser, app, '/strong')
    expect([page.status, page.text], page.url).toEqual([200, 'strong page'])
    expect(await app.userOf(browser)).toMatchObject({ acr: strongClass })
    expect((await visit(browser, app, '/never')).status).toBe(403)
  },
})

/** Lets a guard decide once as if it were later, because it forgives clocks that differ by 30 seconds. */
function laterAtFirst(seconds: number, guard: RequestHandler): RequestHandler {
  let isFirst = true
  return (req, res, next) => {
    const reset = isFirst ? setClockAhead(seconds) : () => {}
    isFirst = false
    void guard(req, res, next)
    reset()
  }
}

/** The same browser, when it has lost the cookies of one host. */
function withoutCookiesOf(host: string, browser: PersonalBrowser): PersonalBrowser {
  const kept = browser.jar.serializeSync()
  if (kept === undefined) throw new Error('The cookies cannot be read.')
  const jar = CookieJar.deserializeSync({
    ...kept,
    cookies: kept.cookies.filter(({ domain }) => domain !== host),
  })
  return Object.assign(new PersonalBrowser(), { jar })
}
