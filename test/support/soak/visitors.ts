import { hasField } from '../browser/browser-form.ts'
import { Browser, type Page, signIn } from '../browser.ts'
import type { TokenAnswer } from '../tokens/token-routes.ts'

/** Parts of the scope. For each of them an access token is got by a refresh. */
const PARTS = ['openid', 'openid%20profile']

/** People who sign in, read, have access tokens renewed, and sign out, again and again. */
export interface Visitors {
  readonly counts: () => Readonly<Record<'signIns' | 'reads' | 'refreshes' | 'signOuts', number>>
  /** What did not work, in words. */
  readonly failures: readonly string[]
  /** Lets everybody finish, and ends. */
  readonly stop: () => Promise<void>
}

/** Starts so many browsers, each of which visits an app without end. */
export function startVisitors(url: string, count: number): Visitors {
  const counts = { signIns: 0, reads: 0, refreshes: 0, signOuts: 0 }
  const failures: string[] = []
  let stopped = false

  async function visit(): Promise<void> {
    const browser = new Browser()
    const page = await signIn(browser, `${url}/private`)
    if (!isPrivate(page)) return void failures.push(`sign-in: ${wordsOf(page)}`)
    counts.signIns += 1
    const again = await browser.open(`${url}/private`, { follow: false })
    if (isPrivate(again)) counts.reads += 1
    else failures.push(`read: ${wordsOf(again)}`)
    for (const part of PARTS) {
      const told = await browser.open(`${url}/token?scope=${part}`)
      if ((JSON.parse(told.text) as TokenAnswer).token !== undefined) counts.refreshes += 1
      else failures.push(`refresh: ${wordsOf(told)}`)
    }
    const left = await signOut(browser, url)
    const me = await browser.open(`${url}/me`)
    if (left.url === `${url}/` && left.status === 200 && me.text === 'null') counts.signOuts += 1
    else failures.push(`sign-out: ${wordsOf(left)}; then ${me.text.slice(0, 100)}`)
  }

  async function visitAgainAndAgain(): Promise<void> {
    while (!stopped) await visit().catch(error => failures.push(`browser: ${String(error)}`))
  }

  const isPrivate = ({ status, url: at, text }: Page): boolean =>
    status === 200 && at === `${url}/private` && text.startsWith('private page of')
  const running = Array.from({ length: count }, visitAgainAndAgain)
  return {
    counts: () => ({ ...counts }),
    failures,
    async stop() {
      stopped = true
      await Promise.all(running)
    },
  }
}

async function signOut(browser: Browser, url: string): Promise<Page> {
  const page = await browser.post(`${url}/logout`, {})
  return hasField(page, 'logout') ? browser.submit(page, { logout: 'yes' }) : page
}

function wordsOf({ status, url, text }: Page): string {
  return `${status} at ${url.replace(/\?.*/s, '')}: ${text
    .replace(/<style.*?<\/style>|<[^>]*>|\s+/gs, ' ')
    .trim()
    .slice(0, 300)}`
}
