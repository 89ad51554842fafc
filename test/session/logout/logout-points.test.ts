import session, { type SessionData } from 'express-session'
import { describe, expect } from 'vitest'
import { memoryStore, type Store } from '../../../src/index.ts'
import type { TestApp } from '../../support/app.ts'
import { Browser } from '../../support/browser.ts'
import { reachCallback } from '../../support/flow.ts'
import { test as base, logOut, showLogin } from '../../support/logout.ts'
import type { ScriptedProvider } from '../../support/scripted-provider.ts'

/** Lets something happen before the nth call of a store, whichever it is. */
interface Intruder {
  count: number
  at: number
  work: () => Promise<unknown>
}

const idle = (): Intruder => ({ count: 0, at: -1, work: async () => undefined })

async function pass(intruder: Intruder): Promise<void> {
  intruder.count += 1
  if (intruder.count === intruder.at) await intruder.work()
}

function intrudedStore(intruder: Intruder): Store {
  const inner = memoryStore()
  return {
    ...inner,
    get: key => pass(intruder).then(() => inner.get(key)),
    set: (key, value, options) => pass(intruder).then(() => inner.set(key, value, options)),
    delete: (key, options) => pass(intruder).then(() => inner.delete(key, options)),
  }
}

class IntrudedSessions extends session.MemoryStore {
  readonly #intruder: Intruder

  constructor(intruder: Intruder) {
    super()
    this.#intruder = intruder
  }

  override set(id: string, data: SessionData, done?: (error?: unknown) => void): void {
    void pass(this.#intruder).then(() => super.set(id, data, done))
  }

  override destroy(id: string, done?: (error?: unknown) => void): void {
    void pass(this.#intruder).then(() => super.destroy(id, done))
  }
}

/** One app, whose stores can be intruded upon. */
const test = base
  .extend('intruder', (): Intruder => idle())
  .extend('place', async ({ start, provider, intruder }): Promise<Place> => {
    const app = await start({
      session: { store: new IntrudedSessions(intruder) },
      relyingParty: { store: intrudedStore(intruder) },
      after: showLogin,
    })
    await app.rp.ready()
    return { app, provider, intruder }
  })

interface Place {
  readonly app: TestApp
  readonly provider: ScriptedProvider
  readonly intruder: Intruder
}

/** A sign-in whose answer the provider has given, and which is not delivered yet. */
async function pendingLogin({
  app,
  provider,
}: Place): Promise<{ readonly sid: string; readonly finish: () => Promise<string> }> {
  const browser = new Browser()
  const callback = await reachCallback(browser, app)
  const sid = provider.codes.get(callback.searchParams.get('code') ?? '')?.sid ?? ''
  const finish = async (): Promise<string> => {
    await browser.open(callback.href, { follow: false })
    return browser.jar.getCookieString(app.url)
  }
  return { sid, finish }
}

async function userOf({ app }: Place, cookie: string): Promise<unknown> {
  return (await fetch(`${app.url}/me`, { headers: { cookie } })).json()
}

const write = async ({ app }: Place, cookie: string): Promise<unknown> =>
  (await fetch(`${app.url}/write`, { headers: { cookie } })).text()

/** Does something once for each call of a store that it makes, with an intruder there; tells how many there were. */
async function atEachPoint(
  place: Place,
  round: (intrude: (work: () => Promise<unknown>) => void) => Promise<void>,
): Promise<number> {
  const { intruder } = place
  for (let point = 1; ; point += 1) {
    let done = false
    Object.assign(intruder, idle())
    await round(work => {
      const once = async (): Promise<void> => {
        done = true
        await work()
      }
      Object.assign(intruder, { count: 0, at: point, work: once })
    })
    if (!done) return point - 1
  }
}

describe('at whichever call of a store the one comes before the other', () => {
  test('a logout token ends a sign-in that is being completed', async ({ place }) => {
    const { app, provider } = place
    const points = await atEachPoint(place, async intrude => {
      const { sid, finish } = await pendingLogin(place)
      intrude(async () => expect(await logOut(provider, app, { sid })).toBe(200))
      const cookie = await finish()
      if (place.intruder.count >= place.intruder.at) expect(await userOf(place, cookie)).toBeNull()
    })
    expect(points).toBeGreaterThan(8)
  })

  test('a logout token ends a session that is being written', async ({ place }) => {
    const { app, provider } = place
    const points = await atEachPoint(place, async intrude => {
      const { sid, finish } = await pendingLogin(place)
      const cookie = await finish()
      intrude(async () => expect(await logOut(provider, app, { sid })).toBe(200))
      await write(place, cookie)
      if (place.intruder.count >= place.intruder.at) expect(await userOf(place, cookie)).toBeNull()
    })
    expect(points).toBe(2)
  })

  test('a sign-in that is completed while the logout token is at work is over', async ({ place }) => {
    const { app, provider } = place
    const points = await atEachPoint(place, async intrude => {
      const { sid, finish } = await pendingLogin(place)
      let cookie = ''
      intrude(async () => {
        cookie = await finish()
      })
      expect(await logOut(provider, app, { sid })).toBe(200)
      if (cookie) expect(await userOf(place, cookie)).toBeNull()
    })
    expect(points).toBe(2) // it sets the mark, then reads the index
  })

  test('a session that is written while the logout token is at work is over', async ({ place }) => {
    const { app, provider } = place
    const points = await atEachPoint(place, async intrude => {
      const { sid, finish } = await pendingLogin(place)
      const cookie = await finish()
      intrude(() => write(place, cookie))
      expect(await logOut(provider, app, { sid })).toBe(200)
      expect(await userOf(place, cookie)).toBeNull()
    })
    expect(points).toBeGreaterThan(7)
  })
})
