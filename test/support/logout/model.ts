import { setTimeout as pause } from 'node:timers/promises'
import type { TestApp } from '../app.ts'
import { Browser } from '../browser.ts'
import { codeOf, locationOf } from '../flow.ts'
import { logoutToken, postLogout } from '../logout.ts'
import type { TokenAnswer } from '../tokens/token-routes.ts'
import { ask, differences, type History, type Known, type World } from './history.ts'

/** Something that is done at the same time as others: whom it concerns, and at which of the two replicas. */
export interface Step {
  readonly kind:
    | 'login'
    | 'late login'
    | 'write'
    | 'refresh'
    | 'logout'
    | 'sid'
    | 'front'
    | 'sub'
    | 'end others'
    | 'end all'
  /** Which of the four browsers: two of one user, two of another. */
  readonly browser: number
  readonly replica: number
}

/** Lets rounds of steps happen, those of a round side by side, and tells what differs from the model. */
export async function play(
  world: World,
  run: number,
  rounds: readonly (readonly Step[])[],
): Promise<string[]> {
  const known: Known[] = []
  const faults: string[] = []
  const begun = Math.floor(Date.now() / 1_000) - rounds.length
  for (const [index, steps] of rounds.entries()) {
    const history = { ...world, run, known, now: begun + index }
    await playRound(history, steps)
    faults.push(...(await differences(history)))
  }
  return faults
}

/** Two browsers are one user's, the two others another's. */
const subOf = (run: number, browser: number): string => `user-${run}-${browser % 2}`

/** What a round of steps does to the logins before it, whatever the order: only a login that begins is subject to it. */
async function playRound(history: History, steps: readonly Step[]): Promise<void> {
  const { known } = history
  const before = [...known]
  const current = (browser: number): Known | undefined => before.findLast(login => login.browser === browser)
  const begun = new Set<number>()
  const prepared: (() => Promise<unknown>)[] = []
  for (const step of steps) {
    const isLogin = step.kind === 'login' || step.kind === 'late login'
    if (!isLogin) prepared.push(() => endOrUse(history, step, current(step.browser), before))
    else if (!begun.has(step.browser)) {
      begun.add(step.browser)
      prepared.push(await prepareLogin(history, step, current(step.browser)))
    }
  }
  await Promise.all(prepared.map(start => start()))
  for (const { kind, browser } of steps) markBegun(known, before, kind, subOf(history.run, browser))
}

/** A logout token with `sub` ends logins that begin meanwhile too; an app that ends all may come before them. */
function markBegun(known: readonly Known[], before: readonly Known[], kind: Step['kind'], sub: string): void {
  const begun = known.filter(login => login.sub === sub && !before.includes(login) && login.isOver !== true)
  if (kind === 'sub') for (const login of begun) login.isOver = true
  if (kind === 'end others' || kind === 'end all') for (const login of begun) login.isOver = 'perhaps'
}

/** Does one thing to a login that was there before, and says what it means for the model. */
async function endOrUse(
  { apps, provider, run, now: iat }: History,
  { kind, browser, replica }: Step,
  login: Known | undefined,
  before: readonly Known[],
): Promise<void> {
  const app = apps[replica % 2 === 0 ? 0 : 1]
  const sub = subOf(run, browser)
  const post = async (claims: object): Promise<void> =>
    expectOk(await postLogout(app, await logoutToken(provider, { iat, ...claims })))
  if (kind === 'sub') {
    for (const other of before) if (other.sub === sub) other.isOver = true
    return post({ sub })
  }
  if (kind === 'end all') return endSeveral(app, { sub, before })
  if (!login) return
  const headers = { cookie: login.cookie }
  if (kind === 'write') return void (await ask(`${app.url}/write`, login))
  if (kind === 'refresh') return refresh(app, login)
  if (kind === 'end others') return endSeveral(app, { sub, but: login, before })
  login.isOver = true
  if (kind === 'sid') return post({ sid: login.sid })
  if (kind === 'front') return loadFrame(app, provider.issuer, login)
  const origin = { 'sec-fetch-site': 'same-origin' }
  await fetch(`${app.url}/logout`, { method: 'POST', headers: { ...headers, ...origin }, redirect: 'manual' })
}

async function refresh(app: TestApp, login: Known): Promise<void> {
  const { status, error } = (await ask(`${app.url}/token`, login)) as TokenAnswer
  if (status !== 200) login.refused = error ?? String(status)
}

/** The page is answered before all is done where that takes long. */
async function loadFrame(app: TestApp, iss: string, login: Known): Promise<void> {
  const query = new URLSearchParams({ iss, sid: login.sid }).toString()
  expectOk(await fetch(`${app.url}/frontchannel-logout?${query}`))
  const deadline = Date.now() + 30_000
  while (Date.now() < deadline && (await ask(`${app.url}/me`, login)) !== null) await pause(50)
}

/** Ends all logins of a user, or all but one. One that begins meanwhile may come first or last. */
async function endSeveral(
  { rp, url }: TestApp,
  { sub, but, before }: { readonly sub: string; readonly but?: Known; readonly before: readonly Known[] },
): Promise<void> {
  const kept = but && ((await ask(`${url}/login-seen`, but)) as { readonly id: string } | null)
  if (kept === null) return // over already
  for (const login of before) if (login.sub === sub && login !== but) login.isOver = true
  await (kept ? rp.sessions.endOthers(sub, kept.id) : rp.sessions.endAll(sub))
}

/** Goes to the provider beforehand; what is left is the callback. A late login is ended at the provider while it comes back. */
async function prepareLogin(
  history: History,
  { kind, browser: number, replica }: Step,
  former: Known | undefined,
): Promise<() => Promise<unknown>> {
  const { apps, provider, run, known, now } = history
  const app = apps[replica % 2 === 0 ? 0 : 1]
  const sub = subOf(run, number)
  const browser = new Browser()
  if (former) await browser.jar.setCookie(former.cookie, app.url)
  const away = await browser.open(`${app.url}/login?returnTo=/me`, { follow: false })
  const back = locationOf(await browser.open(locationOf(away).href, { follow: false }))
  const code = back.searchParams.get('code') ?? ''
  const grant = provider.codes.get(code)
  if (!grant) throw new Error('The provider gave no code.')
  provider.codes.set(code, { ...grant, sub, authTime: now })
  const { sid } = grant
  const finish = async (): Promise<void> => {
    const page = await browser.open(new URL(back.pathname + back.search, app.url).href, { follow: false })
    if (former) former.isOver = true // its session is gone, also where the new login is refused in the end
    if (codeOf(page) === 'ERR_OIDC_LOGIN_CUT_SHORT') return
    if (page.status !== 303) throw new Error(`The callback answered ${page.status} ${codeOf(page)}.`)
    const cookies = await browser.jar.getCookies(app.url)
    const cookie = cookies.find(({ key }) => key === 'connect.sid')?.cookieString() ?? ''
    known.push({ cookie, sub, browser: number, sid, isOver: kind === 'late login' })
  }
  if (kind === 'login') return finish
  const end = async (): Promise<void> =>
    expectOk(await postLogout(app, await logoutToken(provider, { sid, iat: now })))
  return () => Promise.all([finish(), end()])
}

function expectOk({ status }: Response): void {
  if (status !== 200) throw new Error(`The app answered ${status}.`)
}
