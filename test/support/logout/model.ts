import session, { type SessionData } from 'express-session'
import { memoryStore, type Store } from '../../../src/index.ts'
import type { TestApp } from '../app.ts'
import { Browser } from '../browser.ts'
import { pass } from '../clock.ts'
import { codeOf, locationOf } from '../flow.ts'
import { logoutToken, postLogout } from '../logout.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'

/** Something that is done at the same time as others: whom it concerns, and at which of the two replicas. */
export interface Step {
  readonly kind: 'login' | 'late login' | 'write' | 'logout' | 'sid' | 'front' | 'sub'
  /** Which of the four browsers: two of one user, two of another. */
  readonly browser: number
  readonly replica: number
}

/** Takes its time at each call, so that what runs side by side is mixed. */
export type Dawdle = () => Promise<void>

/** Stores that two replicas share, each of whose calls dawdles before and after. */
export function dawdlingStores(dawdle: Dawdle): { readonly own: Store; readonly sessions: session.Store } {
  const inner = memoryStore()
  const slow = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    await dawdle()
    const result = await call()
    await dawdle()
    return result
  }
  const own: Store = {
    ...inner,
    get: key => slow(() => inner.get(key)),
    set: (key, value, options) => slow(() => inner.set(key, value, options)),
    delete: (key, options) => slow(() => inner.delete(key, options)),
  }
  return { own, sessions: new DawdlingSessions(dawdle) }
}

class DawdlingSessions extends session.MemoryStore {
  readonly #dawdle: Dawdle

  constructor(dawdle: Dawdle) {
    super()
    this.#dawdle = dawdle
  }

  override get(id: string, done: (error: unknown, data?: SessionData | null) => void): void {
    void this.#dawdle().then(() => super.get(id, done))
  }

  override set(id: string, data: SessionData, done?: (error?: unknown) => void): void {
    const copy = JSON.parse(JSON.stringify(data))
    const slow = Array.from({ length: 4 }, () => this.#dawdle) // a request that writes ends late
    void slow
      .reduce((before, dawdle) => before.then(dawdle), Promise.resolve())
      .then(() => super.set(id, copy, done))
  }

  override destroy(id: string, done?: (error?: unknown) => void): void {
    void this.#dawdle().then(() => super.destroy(id, done))
  }
}

/** A login that there was, by the cookie of its session. `isOver` is what the model says. */
interface Known {
  readonly cookie: string
  readonly user: number
  readonly browser: number
  readonly sid: string
  isOver: boolean
}

export interface World {
  readonly apps: readonly [TestApp, TestApp]
  readonly provider: ScriptedProvider
}

/** Lets rounds of steps happen, those of a round side by side, and tells what differs from the model. */
export async function play(
  world: World,
  run: number,
  rounds: readonly (readonly Step[])[],
): Promise<string[]> {
  const known: Known[] = []
  const faults: string[] = []
  for (const steps of rounds) {
    pass(2_000)
    await playRound(world, run, steps, known)
    faults.push(...(await differences(world, known)))
  }
  return faults
}

const userOf = (browser: number): number => browser % 2
const subOf = (run: number, user: number): string => `user-${run}-${user}`

/** What a round of steps does to the logins before it, whatever the order: only a login that begins is subject to it. */
async function playRound(world: World, run: number, steps: readonly Step[], known: Known[]): Promise<void> {
  const before = [...known]
  const current = (browser: number): Known | undefined => before.findLast(login => login.browser === browser)
  const begun = new Set<number>()
  const prepared: (() => Promise<unknown>)[] = []
  for (const step of steps) {
    const isLogin = step.kind === 'login' || step.kind === 'late login'
    if (!isLogin) prepared.push(() => endOrWrite(world, run, step, current(step.browser)))
    else if (!begun.has(step.browser)) {
      begun.add(step.browser)
      prepared.push(await prepareLogin(world, run, step, current(step.browser), known))
    }
  }
  await Promise.all(prepared.map(start => start()))
  const users = steps.filter(({ kind }) => kind === 'sub').map(({ browser }) => userOf(browser))
  for (const login of known) if (users.includes(login.user)) login.isOver = true
}

/** Does one thing to a login that was there before, and says what it means for the model. */
async function endOrWrite(
  { apps, provider }: World,
  run: number,
  { kind, browser, replica }: Step,
  login: Known | undefined,
): Promise<void> {
  const app = apps[replica % 2 === 0 ? 0 : 1]
  const sub = subOf(run, userOf(browser))
  if (kind === 'sub') return expectOk(await postLogout(app, await logoutToken(provider, { sub })))
  if (!login) return
  const headers = { cookie: login.cookie }
  if (kind === 'write') return void (await (await fetch(`${app.url}/write`, { headers })).text())
  login.isOver = true
  if (kind === 'sid') return expectOk(await postLogout(app, await logoutToken(provider, { sid: login.sid })))
  if (kind === 'front') {
    const query = new URLSearchParams({ iss: provider.issuer, sid: login.sid }).toString()
    return expectOk(await fetch(`${app.url}/frontchannel-logout?${query}`))
  }
  const origin = { 'sec-fetch-site': 'same-origin' }
  await fetch(`${app.url}/logout`, { method: 'POST', headers: { ...headers, ...origin }, redirect: 'manual' })
}

/** Goes to the provider beforehand; what is left is the callback. A late login is ended at the provider while it comes back. */
async function prepareLogin(
  { apps, provider }: World,
  run: number,
  { kind, browser: number, replica }: Step,
  former: Known | undefined,
  known: Known[],
): Promise<() => Promise<unknown>> {
  const app = apps[replica % 2 === 0 ? 0 : 1]
  const browser = new Browser()
  if (former) await browser.jar.setCookie(former.cookie, app.url)
  provider.user = { sub: subOf(run, userOf(number)), name: 'Una' }
  const away = await browser.open(`${app.url}/login?returnTo=/me`, { follow: false })
  const back = locationOf(await browser.open(locationOf(away).href, { follow: false }))
  const callback = new URL(back.pathname + back.search, app.url).href
  const sid = provider.codes.get(back.searchParams.get('code') ?? '')?.sid ?? ''
  const finish = async (): Promise<void> => {
    const page = await browser.open(callback, { follow: false })
    if (former) former.isOver = true // its session is gone, also where the new login is refused in the end
    if (codeOf(page) === 'ERR_OIDC_LOGIN_CUT_SHORT') return
    if (page.status !== 303) throw new Error(`The callback answered ${page.status} ${codeOf(page)}.`)
    const cookies = await browser.jar.getCookies(app.url)
    const cookie = cookies.find(({ key }) => key === 'connect.sid')?.cookieString() ?? ''
    known.push({ cookie, user: userOf(number), browser: number, sid, isOver: kind === 'late login' })
  }
  if (kind === 'login') return finish
  const end = async (): Promise<void> => expectOk(await postLogout(app, await logoutToken(provider, { sid })))
  return () => Promise.all([finish(), end()])
}

function expectOk({ status }: Response): void {
  if (status !== 200) throw new Error(`The app answered ${status}.`)
}

/** What the apps say of each login that there ever was, against what they should. */
async function differences({ apps }: World, known: readonly Known[]): Promise<string[]> {
  const faults = known.map(async login => {
    const seen = await Promise.all(
      apps.map(async ({ url }) => (await fetch(`${url}/me`, { headers: { cookie: login.cookie } })).json()),
    )
    const states = seen.map(user => (user === null ? 'over' : 'signed in')).join(' and ')
    const expected = login.isOver ? 'over and over' : 'signed in and signed in'
    return states === expected ? [] : [`The login of browser ${login.browser} is ${states}, not ${expected}.`]
  })
  return (await Promise.all(faults)).flat()
}
