import { setTimeout as pause } from 'node:timers/promises'
import { startApp } from '../app.ts'
import { Browser, type Page } from '../browser.ts'
import { codeOf } from '../flow.ts'
import { showLogin } from '../logout.ts'
import { tokenRoutes } from '../tokens/token-routes.ts'
import { links } from './links.ts'
import { answerOf, type Journey, type Moment, moments, signInWith, steps, toldBy } from './steps.ts'
import { timed } from './timed.ts'

/** What came of one moment. */
export interface Outcome {
  readonly moment: Moment
  /** Milliseconds that the longest answer took. */
  readonly longest: number
  /** Milliseconds after which all worked again. */
  readonly recovery: number
  /** What the app answered, in short. */
  readonly answer: string
  /** What should not have happened. */
  readonly wrong: readonly string[]
}

/** Milliseconds after which everything must work again. The longest pause of the library is half a minute. */
const RECOVERY = 40_000

/** Takes one app through all moments. */
export async function travel(options: Omit<Journey, 'app'>): Promise<Outcome[]> {
  const { provider, link, fault } = options
  await link.disturb(fault)
  const { session = {}, relyingParty } = link.app
  const app = await startApp(provider.issuer, {
    session,
    relyingParty: { scope: 'openid profile offline_access', rereadEvery: 1, ...relyingParty },
    after: mounted => {
      showLogin(mounted)
      tokenRoutes(mounted)
    },
  })
  const journey = { ...options, app }
  try {
    const outcomes: Outcome[] = []
    for (const moment of moments) outcomes.push(await pass(journey, moment))
    return outcomes
  } finally {
    await link.disturb(undefined)
    await app.close()
  }
}

async function pass(journey: Journey, moment: Moment): Promise<Outcome> {
  const { app, link, fault } = journey
  const step = await steps[moment](journey)
  await link.disturb(fault)
  const [[page, longest], [front]] = await Promise.all([
    timed(step.under()),
    timed(new Browser().open(`${app.url}/`)),
  ])
  await link.disturb(undefined)
  const wrong = [
    front?.status !== 200 && `the public page answered ${answerOf(front)}`,
    step.judge?.(page),
    isRaw(journey, page) && `an error of no kind reached the user: ${answerOf(page)}`,
    saysNothing(page, app.log) && 'the log says nothing',
  ].filter(found => typeof found === 'string')
  const [remaining, recovery] = await recovered(
    async () => (await step.afterwards(page)) ?? signInWith(app, new Browser()),
  )
  if (remaining !== undefined) wrong.push(remaining)
  return { moment, longest, recovery, answer: answerOf(page), wrong }
}

/** Waits until nothing is wrong any more. */
async function recovered(look: () => Promise<string | undefined>): Promise<[string | undefined, number]> {
  const begun = performance.now()
  for (;;) {
    const [wrong] = await timed(look().catch(String))
    const passed = performance.now() - begun
    if (wrong === undefined || passed > RECOVERY) return [wrong, passed]
    await pause(200)
  }
}

/** Whether an answer is a failure that is not one of this library's. Those of express-session's own store go by it. */
function isRaw({ name }: Journey, page: Page | undefined): boolean {
  const { status = 0, error } = page ? toldBy(page) : {}
  return (
    links[name] !== 'sessions' && status >= 500 && !/^(ERR_OIDC_|temporarily_unavailable$)/.test(error ?? '')
  )
}

/** Repeats are counted, and said later. */
function saysNothing(page: Page | undefined, log: readonly string[]): boolean {
  const code = page && page.status >= 500 ? codeOf(page) : undefined
  return code?.startsWith('ERR_OIDC') === true && !log.some(sentence => sentence.includes(code))
}
