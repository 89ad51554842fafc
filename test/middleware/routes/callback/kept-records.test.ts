import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import session from 'express-session'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { memoryStore, type OidcError, type RelyingPartyOptions, type Store } from '../../../../src/index.ts'
import { fail } from '../../../../src/middleware/request/fail.ts'
import type { Route } from '../../../../src/middleware/request/route.ts'
import { callback } from '../../../../src/middleware/routes/sign-in/callback.ts'
import { login } from '../../../../src/middleware/routes/sign-in/login.ts'
import { recordLimit } from '../../../../src/middleware/routes/sign-in/record-limit.ts'
import { buildRelyingParty } from '../../../../src/relying-party/relying-party.ts'
import { keepLogins } from '../../../../src/session/session-relying-party.ts'
import { formOf } from '../../../support/browser/browser-form.ts'
import { Browser, type Page } from '../../../support/browser.ts'
import { codeOf, test as flow, locationOf, reachCallback } from '../../../support/flow.ts'
import { settingsOf } from '../../../support/settings.ts'

const codeFrom = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'done',
    (error: OidcError) => error.code,
  )

describe('the limit of records that strangers can make the app keep', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
  afterEach(() => void vi.useRealTimers())

  test('admits so many in their lifetime, and others when the first have expired', async () => {
    const limit = recordLimit(3, 60)
    const keep = (): Promise<unknown> => codeFrom(limit.keep(async () => true))
    vi.advanceTimersByTime(50_000)
    expect([await keep(), await keep(), await keep()]).toEqual(['done', 'done', 'done'])
    expect(await keep()).toBe('ERR_OIDC_OVERLOADED')
    vi.advanceTimersByTime(59_000)
    expect(await keep()).toBe('ERR_OIDC_OVERLOADED')
    vi.advanceTimersByTime(61_000)
    expect(await keep()).toBe('done')
  })

  test('admits what keeps nothing any number of times', async () => {
    const limit = recordLimit(1, 60)
    for (let count = 0; count < 5; count += 1) expect(await limit.keep(async () => false)).toBe(false)
    expect(await limit.keep(async () => true)).toBe(true)
    expect(await codeFrom(limit.keep(async () => false))).toBe('ERR_OIDC_OVERLOADED')
  })
})

/** Starts an app with only the two routes, one of which keeps at most two records of each kind. */
async function startLimited(options: RelyingPartyOptions): Promise<{ url: string; close(): Promise<void> }> {
  const app = express()
  const server = createServer(app).listen(0, 'localhost')
  await once(server, 'listening')
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const rp = keepLogins(buildRelyingParty(settingsOf({ baseUrl: url, store: memoryStore(), ...options })))
  const answers =
    (route: Route): express.RequestHandler =>
    (req, res, next) =>
      void route.handle(req, res).catch(error => fail(rp.settings, error, req, res, next))
  app.use(session({ secret: 'a secret for tests', resave: false, saveUninitialized: false }))
  app.get('/login', answers(login(rp)))
  app.all('/callback', answers(callback(rp, { responses: 2, marks: 2 })))
  const close = async (): Promise<void> => {
    await rp.close()
    server.close()
  }
  return { url, close }
}

const REFUSED = [429, 'ERR_OIDC_OVERLOADED', true]
const shapeOf = (page: Page): unknown[] => [page.status, codeOf(page), page.headers.has('retry-after')]

describe('what is kept for visitors who are not signed in', () => {
  flow('are so many marks of used sign-ins', async ({ provider, onTestFinished }) => {
    const app = await startLimited({ issuer: provider.issuer })
    onTestFinished(() => app.close())
    const finish = async (): Promise<Page> => {
      const browser = new Browser()
      const start = await browser.open(`${app.url}/login`, { follow: false })
      const answer = await browser.open(locationOf(start).href, { follow: false })
      return browser.open(locationOf(answer).href, { follow: false })
    }
    for (let count = 0; count < 5; count += 1) await new Browser().open(`${app.url}/callback?state=x&code=y`)
    expect([(await finish()).status, (await finish()).status]).toEqual([303, 303])
    const refused = await finish()
    expect(shapeOf(refused)).toEqual(REFUSED)
    expect(refused.headers.getSetCookie()).toEqual([])
    expect(provider.requestsTo('token')).toHaveLength(2)
  })

  flow('are so many posted responses', async ({ provider, onTestFinished }) => {
    const app = await startLimited({ issuer: provider.issuer, responseMode: 'form_post' })
    onTestFinished(() => app.close())
    const post = async (): Promise<readonly [Browser, Page, Page]> => {
      const browser = new Browser()
      const form = await browser.open(`${app.url}/login`)
      return [browser, form, await browser.submit(form, {}, { follow: false })]
    }
    const [browser, form, first] = await post()
    for (let count = 0; count < 5; count += 1) {
      const madeUp = { method: 'POST', body: new URLSearchParams({ state: `made-up-${count}`, code: 'y' }) }
      expect((await fetch(`${app.url}/callback`, { ...madeUp, redirect: 'manual' })).status).toBe(400)
    }
    for (let count = 0; count < 5; count += 1)
      expect((await browser.submit(form, {}, { follow: false })).status).toBe(303)
    expect(first.status).toBe(303)
    expect((await post())[2].status).toBe(303)
    expect(shapeOf((await post())[2])).toEqual(REFUSED)
    const end = await browser.open(locationOf(first).href, { follow: false })
    expect([end.status, locationOf(end).pathname]).toEqual([303, '/'])
  })
})

const codeFromJson = (text: string): unknown => JSON.parse(text).error

/** A store that remembers what was written to it. */
function watchedStore(): { readonly store: Store; readonly written: [key: string, value: string][] } {
  const store = memoryStore()
  const written: [string, string][] = []
  const set: Store['set'] = (key, value, options) => {
    written.push([key, value])
    return store.set(key, value, options)
  }
  return { store: { ...store, set }, written }
}

describe('a record that a visitor makes the app keep', () => {
  flow.for([
    [512, true],
    [513, false],
  ] as const)('holds a return path of %i characters: %s', async ([length, isKept], { start, browser }) => {
    const { store, written } = watchedStore()
    const app = await start({ relyingParty: { store } })
    const path = `/private?${'x'.repeat(length - app.url.length - '/private?'.length)}`
    const callbackUrl = await reachCallback(browser, app, path)
    const cookies = await browser.jar.getCookieString(app.url)
    expect((await browser.open(callbackUrl.href)).url).toBe(app.url + path)
    const marks = written.filter(([key]) => key.startsWith('used:'))
    expect(marks.map(([, value]) => value)).toEqual([isKept ? app.url + path : `${app.url}/`])
    // The same callback again: in this browser, and in one that still has the cookie of the sign-in.
    expect((await browser.open(callbackUrl.href)).url).toBe(isKept ? app.url + path : `${app.url}/`)
    const session = (await browser.jar.getCookies(app.url)).find(({ key }) => key === 'connect.sid')
    const headers = { cookie: `${cookies}; connect.sid=${session?.value}` }
    const twice = await new Browser().open(callbackUrl.href, { follow: false, headers })
    expect(locationOf(twice).href).toBe(app.url + path)
  })

  flow.for([
    ['a', 3_900, true],
    ['a', 4_096, true],
    ['名', 800, true],
    ['名', 1_000, false],
    ['"', 4_096, false],
  ] as const)(
    'holds a posted code of %s, %i times: %s',
    async ([letter, count, fits], { start, browser }) => {
      const { store, written } = watchedStore()
      const app = await start({ relyingParty: { store, responseMode: 'form_post' } })
      const form = await browser.open(`${app.url}/private`)
      const fields = { ...formOf(form).fields, code: letter.repeat(count) }
      const body = new URLSearchParams(fields).toString()
      const page = await fetch(`${app.url}/callback`, {
        method: 'POST',
        body,
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      })
      const answer = fits ? '' : codeFromJson(await page.text())
      expect([page.status, answer]).toEqual(fits ? [303, ''] : [400, 'ERR_OIDC_CALLBACK_INVALID'])
      const kept = written.filter(([key]) => key.startsWith('response:')).map(([, value]) => value.length)
      expect(kept).toHaveLength(fits ? 1 : 0)
      expect(Math.max(0, ...kept)).toBeLessThanOrEqual(8_192)
      expect(await app.userOf(browser)).toBeNull()
    },
  )

  flow(
    'leaves out fields that only the app wants to see, rather than the response',
    async ({ start, browser }) => {
      const { store, written } = watchedStore()
      const callbackFields = ['user', 'device', 'vendor', 'region', 'hint']
      const app = await start({ relyingParty: { store, responseMode: 'form_post', callbackFields } })
      const form = await browser.open(`${app.url}/private`)
      const page = await browser.submit(
        form,
        Object.fromEntries(callbackFields.map(name => [name, 'x'.repeat(2_000)])),
      )
      expect(page.url).toBe(`${app.url}/private`)
      const [, response = ''] = written.find(([key]) => key.startsWith('response:')) ?? []
      expect(response.length).toBeLessThanOrEqual(8_192)
      expect([...new URLSearchParams(response).keys()]).toEqual(
        expect.arrayContaining(['region', 'hint', 'code']),
      )
      expect(app.log.filter(line => line.includes('callback field'))).toEqual([
        'The callback field user of a sign-in was left out: it is too long.',
      ])
    },
  )
})
