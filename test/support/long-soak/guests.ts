import { setTimeout as pause } from 'node:timers/promises'
import { Browser, type Page } from '../browser.ts'
import { logoutToken, postLogout } from '../logout/tokens.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'

/** What guests have done, and what did not work. */
export interface Guests {
  readonly counts: Readonly<Record<Deed, number>>
  /** What did not work while nothing was disturbed, and what must never happen. */
  readonly failures: readonly string[]
  /** What did not work while something was. */
  readonly excused: () => number
  readonly stop: () => Promise<void>
}

type Deed = 'public pages' | 'sign-ins' | 'reads' | 'refreshes' | 'logouts' | 'logout tokens'

interface Surroundings {
  readonly url: string
  readonly provider: ScriptedProvider
  /** Whether something is disturbed, or was a moment ago. */
  readonly isDisturbed: () => boolean
}

/** Milliseconds for which a provider sends a logout token again. */
const RETRIED = 60_000

/** Something must never happen, whatever is disturbed. */
class Broken extends Error {}

/** Lets so many people visit an app again and again, with pauses, until they are stopped. */
export function startGuests(count: number, around: Surroundings): Guests {
  const { url, provider, isDisturbed } = around
  const counts = {
    'public pages': 0,
    'sign-ins': 0,
    reads: 0,
    refreshes: 0,
    logouts: 0,
    'logout tokens': 0,
  }
  const failures: string[] = []
  const begun = performance.now()
  let excused = 0
  let isStopped = false

  function note(deed: Deed, isDone: boolean, page: Page): boolean {
    if (isDone) counts[deed] += 1
    else throw new Error(`${deed}: ${wordsOf(page)}`)
    return isDone
  }

  async function visit(): Promise<void> {
    const browser = new Browser()
    const front = await browser.open(`${url}/`)
    note('public pages', front.text === 'public', front)
    const page = await browser.open(`${url}/private`)
    note('sign-ins', page.text.startsWith('private page of'), page)
    for (let reads = 0; reads < 4; reads += 1) {
      await pause(Math.random() * 200)
      const again = await browser.open(`${url}/private`, { follow: false })
      note('reads', again.status === 200, again)
    }
    for (const scope of ['openid', 'openid%20profile']) {
      const told = await browser.open(`${url}/token?scope=${scope}`)
      note('refreshes', told.text.includes('"token"'), told)
    }
    await (Math.random() < 0.5 ? logOut(browser) : beLoggedOut(browser))
  }

  async function logOut(browser: Browser): Promise<void> {
    const cookie = await browser.jar.getCookieString(url)
    const page = await browser.post(`${url}/logout`, {})
    note('logouts', page.url === `${url}/` && page.status === 200, page)
    await expectNobody(cookie, 'a logout')
  }

  async function beLoggedOut(browser: Browser): Promise<void> {
    const cookie = await browser.jar.getCookieString(url)
    const seen = await browser.open(`${url}/login-seen`)
    if (seen.status !== 200 || seen.text === 'null') return void note('reads', false, seen)
    const token = await logoutToken(provider, { sid: JSON.parse(seen.text).sid })
    for (const first = performance.now(); ; await pause(1_000)) {
      const status = await postLogout({ url }, token).then(
        answer => answer.status,
        () => 0,
      )
      if (status === 200) break
      if (status === 400) throw new Broken('a logout token was refused')
      if (performance.now() - first > RETRIED) throw new Error(`logout tokens: ${status}`)
    }
    counts['logout tokens'] += 1
    await expectNobody(cookie, 'a logout token')
  }

  async function expectNobody(cookie: string, why: string): Promise<void> {
    const answer = await fetch(`${url}/me`, { headers: { cookie } })
    if (answer.status === 200 && (await answer.text()) !== 'null')
      throw new Broken(`somebody was signed in after ${why}`)
  }

  async function visitAgainAndAgain(): Promise<void> {
    for (; !isStopped; await pause(Math.random() * 500)) {
      await visit().catch((error: unknown) => {
        if (isDisturbed() && !(error instanceof Broken)) excused += 1
        else failures.push(`after ${Math.round((performance.now() - begun) / 1_000)} s: ${String(error)}`)
      })
    }
  }

  const running = Array.from({ length: count }, visitAgainAndAgain)
  return {
    counts,
    failures,
    excused: () => excused,
    async stop() {
      isStopped = true
      await Promise.all(running)
    },
  }
}

function wordsOf({ status, url, text }: Page): string {
  const words = text.replace(/<style.*?<\/style>|<[^>]*>|\s+/gs, ' ').trim()
  return `${status} at ${url.replace(/\?.*/s, '')}: ${words.slice(0, 300)}`
}
