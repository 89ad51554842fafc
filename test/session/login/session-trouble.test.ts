import express from 'express'
import session, { MemoryStore, type SessionData } from 'express-session'
import request from 'supertest'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { requireUser } from '../../../src/index.ts'
import { startApp, type TestApp } from '../../support/app.ts'
import { Browser } from '../../support/browser.ts'
import { type ScriptedProvider, scriptedProvider } from '../../support/scripted-provider.ts'

/** A session store whose calls fail while it is told to. */
class BreakableStore extends MemoryStore {
  broken: 'set' | 'destroy' | 'none' = 'none'

  override set(sid: string, data: SessionData, done?: (error?: unknown) => void): void {
    if (this.broken === 'set') return void setImmediate(() => done?.(new Error('the disk is full')))
    super.set(sid, data, done)
  }

  override destroy(sid: string, done?: (error?: unknown) => void): void {
    if (this.broken === 'destroy') return void setImmediate(() => done?.(new Error('the disk is full')))
    super.destroy(sid, done)
  }
}

const unavailable = {
  error: 'ERR_OIDC_SESSION_UNAVAILABLE',
  message: 'This site cannot reach its sessions at the moment.',
  reference: expect.any(String),
}
const asProgram = { accept: 'application/json', 'sec-fetch-mode': 'cors' }

let provider: ScriptedProvider
let store: BreakableStore
let app: TestApp
let browser: Browser

beforeEach(async () => {
  provider = await scriptedProvider()
  store = new BreakableStore()
  app = await startApp(provider.issuer, { session: { store } })
  browser = new Browser()
})

afterEach(async () => {
  await app.close()
  await provider.close()
})

/** Goes to the provider and stops before the callback. */
async function callbackUrl(): Promise<string> {
  const toProvider = await browser.open(`${app.url}/login?returnTo=/private`, { follow: false })
  const back = await browser.open(toProvider.headers.get('location') ?? '', { follow: false })
  return back.headers.get('location') ?? ''
}

const isSigned = (name: string): boolean => name === 'connect.sid'

test('without a session middleware every page answers 500 and says what to mount', async () => {
  const without = await startApp(provider.issuer, { session: false })
  try {
    for (const path of ['/', '/private', '/login', '/callback?state=a&code=b']) {
      const answer = await request(without.url).get(path).set(asProgram)
      expect(answer.status).toBe(500)
      expect(answer.body).toEqual({
        error: 'ERR_OIDC_SESSION_MISSING',
        message: 'This site is not set up for signing in.',
        reference: expect.any(String),
      })
    }
    expect((await browser.open(without.url)).text).not.toContain('express-session')
    expect(without.log.join('\n')).toContain('mount express-session before relyingParty()')
  } finally {
    await without.close()
  }
})

test('a guard without the middleware in front answers 500 and says so', async () => {
  const failures: unknown[] = []
  const bare = express()
    .use(session({ secret: 'a secret for tests', resave: false, saveUninitialized: false }))
    .get('/private', requireUser(), (_req, res) => void res.send('private'))
    .use((error: unknown, _req: express.Request, _res: express.Response, next: express.NextFunction) => {
      failures.push(error)
      next(error)
    })
    .set('env', 'test')
  const answer = await request(bare).get('/private')
  expect(answer.status).toBe(500)
  expect(failures).toEqual([
    expect.objectContaining({
      code: 'ERR_OIDC_MIDDLEWARE_MISSING',
      message: 'A guard ran without relyingParty() mounted in front of it.',
    }),
  ])
})

test('while the session store is disconnected, guarded pages answer 503 and public pages work', async () => {
  await browser.open(`${app.url}/private`)
  expect(app.shown()).toBe(1)
  store.emit('disconnect')
  expect((await browser.open(app.url)).text).toBe('public')
  expect(await app.userOf(browser)).toBeNull()

  const page = await browser.open(`${app.url}/private`)
  expect([page.status, page.headers.get('retry-after')]).toEqual([503, '5'])
  expect(page.text).toContain(unavailable.message)
  const data = await browser.open(`${app.url}/private`, { headers: asProgram })
  expect([data.status, JSON.parse(data.text)]).toEqual([503, unavailable])
  for (const path of ['/login', '/logout', '/callback?state=a&code=b'])
    expect((await browser.open(app.url + path)).status).toBe(503)
  expect(app.shown()).toBe(1)

  store.emit('connect')
  expect((await browser.open(`${app.url}/private`)).text).toBe('private page of Una User')
})

test('a callback whose session cannot be saved answers 503, sets no session cookie and signs nobody in', async () => {
  const url = await callbackUrl()
  store.broken = 'set'
  const page = await browser.open(url, { follow: false, headers: asProgram })
  expect([page.status, page.headers.get('retry-after'), JSON.parse(page.text)]).toEqual([
    503,
    '5',
    unavailable,
  ])
  expect(page.headers.getSetCookie().join()).not.toContain('connect.sid')
  expect(await browser.cookies(app.url)).not.toSatisfy((names: string[]) => names.some(isSigned))

  store.broken = 'none'
  expect(await app.userOf(browser)).toBeNull()
  expect(await storedSessions()).toEqual([])
  expect((await browser.open(`${app.url}/private`)).text).toBe('private page of Una User')
})

test('a callback whose session cannot be renewed answers 503, sets no session cookie and signs nobody in', async () => {
  const url = await callbackUrl()
  store.broken = 'destroy'
  const page = await browser.open(url, { follow: false, headers: asProgram })
  expect([page.status, JSON.parse(page.text)]).toEqual([503, unavailable])
  expect(page.headers.getSetCookie().join()).not.toContain('connect.sid')

  store.broken = 'none'
  expect(await app.userOf(browser)).toBeNull()
  expect(await storedSessions()).toEqual([])
  expect((await browser.open(`${app.url}/private`)).text).toBe('private page of Una User')
})

test('a logout whose session cannot be ended answers 503 and does not claim to be done', async () => {
  await browser.open(`${app.url}/private`)
  store.broken = 'destroy'
  const page = await browser.post(
    `${app.url}/logout`,
    {},
    { from: app.url, follow: false, headers: asProgram },
  )
  expect([page.status, JSON.parse(page.text)]).toEqual([
    503,
    {
      error: 'ERR_OIDC_LOGOUT_INCOMPLETE',
      message: 'This browser is signed out, but the sign-out could not be finished.',
      reference: expect.any(String),
    },
  ])
  expect(page.headers.get('location')).toBeNull()
  expect(provider.requestsTo('endSession')).toEqual([])
})

test('a logout whose session cannot be ended takes its cookie out of the browser', async () => {
  await browser.open(`${app.url}/private`)
  store.broken = 'destroy'
  await browser.open(`${app.url}/logout`, { from: app.url, follow: false })
  expect(await browser.cookies(app.url)).not.toSatisfy((names: string[]) => names.some(isSigned))
})

function storedSessions(): Promise<SessionData[]> {
  return new Promise((resolve, reject) => {
    store.all((error, sessions) => (error ? reject(error) : resolve(Object.values(sessions ?? {}))))
  })
}
