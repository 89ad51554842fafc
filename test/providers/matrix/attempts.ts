import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from '../../support/browser.ts'
import type { FlowApp } from './flow.ts'
import { PersonalBrowser, visit } from './person.ts'

/** What a user had to go through until they were signed in. */
export interface Attempts {
  /** Sign-ins that were begun, without those that the app's own page repeats after a wait. */
  readonly begun: number
  readonly seconds: number
  /** Where each of them ended. */
  readonly ends: readonly string[]
}

const MOST = 8
/** Seconds that a page of the app may ask a browser to wait. */
const LONGEST_WAIT = 15

/** Signs in until it works, as a user would who does not give up. */
export async function countAttempts(app: FlowApp, browser = new PersonalBrowser()): Promise<Attempts> {
  const started = performance.now()
  const ends: string[] = []
  let begun = 1
  for (let count = 0; count < MOST; count++) {
    const page = await visit(browser, app)
    ends.push(`${page.status} ${page.url.split('?')[0]}`)
    if (page.status === 200 && page.url === `${app.url}/private`)
      return { begun, seconds: (performance.now() - started) / 1_000, ends }
    const wait = waitOf(app, page)
    if (wait === undefined) begun += 1
    await pause((wait ?? 2) * 1_000)
  }
  throw new Error(`The user could not sign in: ${ends.join(', ')}. The app said:\n${app.log.join('\n')}`)
}

/** Seconds after which the app's own page tries again, or `undefined` for a page where the user is stuck. */
function waitOf(app: FlowApp, page: Page): number | undefined {
  const seconds = Number(page.headers.get('retry-after'))
  return page.status === 503 && page.url.startsWith(app.url) && seconds > 0 && seconds <= LONGEST_WAIT
    ? seconds
    : undefined
}

/** A user gets in at the first attempt, possibly after a wait on a page of the app, and never sees the provider's error. */
export async function expectOneAttempt(app: FlowApp, browser?: PersonalBrowser): Promise<void> {
  const { begun, seconds, ends } = await countAttempts(app, browser)
  app.measure('attempts', begun)
  app.measure('seconds until signed in', Number(seconds.toFixed(1)))
  app.measure('registrations', app.registrations())
  app.measure('clients at the provider', (await app.clients()).length)
  if (begun > 1) throw new Error(`The user needed ${begun} attempts: ${ends.join(', ')}`)
}

/** Waits until an app no longer believes that a provider on this machine must still know its client. */
export async function passBelief(): Promise<void> {
  await pause(2_000)
}
