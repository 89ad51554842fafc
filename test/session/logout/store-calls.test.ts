import session, { type SessionData } from 'express-session'
import { expect } from 'vitest'
import { memoryStore, type Store } from '../../../src/index.ts'
import { isSignedIn, logOut, logoutToken, postLogout, showLogin, test, visit } from '../../support/logout.ts'

/** A session store with a class's private field, as connect-pg-simple is one, whose calls are counted. */
class PGStore extends session.Store {
  readonly #rows = new Map<string, string>()
  readonly calls: string[] = []

  override get(id: string, done: (error: unknown, data?: SessionData | null) => void): void {
    this.calls.push('get')
    setImmediate(() => done(null, JSON.parse(this.#rows.get(id) ?? 'null')))
  }

  override set(id: string, data: SessionData, done?: (error?: unknown) => void): void {
    this.calls.push('set')
    this.#rows.set(id, JSON.stringify(data))
    setImmediate(() => done?.())
  }

  override destroy(id: string, done?: (error?: unknown) => void): void {
    this.calls.push('destroy')
    this.#rows.delete(id)
    setImmediate(() => done?.())
  }

  override touch(_id: string, _data: SessionData, done?: () => void): void {
    this.calls.push('touch')
    this.#query('UPDATE session SET expire = $1 WHERE sid = $2', done)
  }

  #query(_statement: string, done?: () => void): void {
    setImmediate(() => done?.())
  }
}

test('each kind of request makes as many calls of the stores as it must, and no more', async ({
  start,
  provider,
}) => {
  const sessions = new PGStore()
  const own: string[] = []
  const inner = memoryStore()
  const noted = <Result>(name: string, result: Result): Result => {
    own.push(name)
    return result
  }
  const store: Store = {
    ...inner,
    get: key => noted(`get ${key.split(':')[0]}`, inner.get(key)),
    set: (key, value, options) => noted(`set ${key.split(':')[0]}`, inner.set(key, value, options)),
    delete: (key, options) => noted(`delete ${key.split(':')[0]}`, inner.delete(key, options)),
  }
  const app = await start({ session: { store: sessions }, relyingParty: { store }, after: showLogin })
  const visitor = await visit(app)
  const callsOf = async (work: () => Promise<unknown>): Promise<readonly [string, string]> => {
    sessions.calls.length = 0
    own.length = 0
    await work()
    return [sessions.calls.join(' '), own.join()]
  }
  const [forSession, forSignIn] = await callsOf(() => visit(app))
  expect(forSession).toBe('destroy set set get touch get touch') // the second set is express-session's own
  expect(forSignIn).toBe(
    [
      ['get key', 'set used', 'set tokens'],
      ['get index', 'get index', 'set index', 'set index'],
      ['get over', 'get over', 'get over', 'get over'],
    ]
      .flat()
      .join(),
  )
  expect(await callsOf(() => fetch(app.url))).toEqual(['', ''])
  expect(await callsOf(() => visitor.browser.open(`${app.url}/me`))).toEqual(['get touch', ''])
  expect(await callsOf(() => visitor.browser.open(`${app.url}/write`))).toEqual(['get set', 'get over'])
  expect(await callsOf(() => postLogout(app, 'e30.e30.e30'))).toEqual(['', ''])
  const forNobody = { aud: 'another client', sid: visitor.sid }
  const forged = (await logoutToken(provider, forNobody)).replace(/.{9}$/, 'forgedxxx')
  expect(await callsOf(() => postLogout(app, forged))).toEqual(['', ''])
  expect(await callsOf(() => logOut(provider, app, forNobody))).toEqual(['', 'get client'])
  const [, forToken] = await callsOf(() => logOut(provider, app, { sid: 'unknown' }))
  expect(forToken).toBe('set over,get index')
  const [rows, forLogin] = await callsOf(() => logOut(provider, app, { sid: visitor.sid }))
  expect(rows).toBe('destroy')
  const byUser = 'set index' // where the user has another login
  expect(forLogin).toBe(
    ['set over', 'get index', 'set over', 'delete tokens', 'get index', 'delete index', byUser].join(),
  )
  expect(await isSignedIn(visitor, app)).toEqual([false])
})
