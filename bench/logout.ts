// What a logout token costs beside the least that any app must do for one, and a storm of them while people sign in:
// `npm run bench:logout`, with SIZES=1000,100000,1000000, TOKENS=2000, STORM=10000, and IN=memory,redis.
import { setTimeout as pause } from 'node:timers/promises'
import { Browser } from '../test/support/browser.ts'
import { type BenchApp, startBenchApp } from '../test/support/logout/bench-apps.ts'
import { logoutToken, postLogout } from '../test/support/logout/tokens.ts'
import { startRedis } from '../test/support/processes/redis-server.ts'
import { type ScriptedProvider, scriptedProvider } from '../test/support/scripted-provider.ts'

const { SIZES = '1000,100000,1000000', TOKENS = '2000', STORM = '10000', IN = 'memory,redis' } = process.env
const PARALLEL = 32

/** Signs tokens for some of the sessions beforehand, so that it costs the app nothing. */
function signTokens(provider: ScriptedProvider, from: number, count: number): Promise<string[]> {
  const numbers = Array.from({ length: count }, (_, index) => from + index)
  return Promise.all(numbers.map(number => logoutToken(provider, { sid: `sid ${number}` })))
}

/** Posts tokens, some at a time, and tells how many were answered by 200. */
async function postAll(app: BenchApp, tokens: readonly string[], path?: string): Promise<number> {
  const waiting = [...tokens]
  let taken = 0
  const post = async (): Promise<void> => {
    for (let token = waiting.pop(); token !== undefined; token = waiting.pop()) {
      const { status } = await postLogout(app, token, path)
      if (status === 200) taken += 1
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, post))
  return taken
}

/** Milliseconds of the app's CPU for each token. */
async function costOf(app: BenchApp, tokens: readonly string[], path?: string): Promise<number> {
  const before = await app.ask({ kind: 'cpu' })
  const taken = await postAll(app, tokens, path)
  if (taken !== tokens.length) throw new Error(`${tokens.length - taken} tokens were not taken.`)
  return ((await app.ask({ kind: 'cpu' })) - before) / tokens.length
}

async function measure(app: BenchApp, provider: ScriptedProvider, where: string): Promise<void> {
  const count = Number(TOKENS)
  let seeded = 0
  await postAll(app, await signTokens(provider, -count, count), '/baseline') // until the code is compiled
  await postAll(app, await signTokens(provider, -count, count))
  for (const size of SIZES.split(',').map(Number)) {
    await app.ask({ kind: 'seed', from: seeded, to: size })
    const tokens = await signTokens(provider, Math.max(seeded, size - count), Math.min(count, size))
    seeded = size
    const least = await costOf(app, tokens, '/baseline')
    const whole = await costOf(app, tokens)
    const figures = [`${whole.toFixed(3)} ms`, `${least.toFixed(3)} ms`, `x ${(whole / least).toFixed(2)}`]
    console.log(`| ${where} | ${size.toLocaleString('en')} | ${figures.join(' | ')} |`)
  }
}

/** Half of the sessions are ended at once while people sign in. */
async function storm(app: BenchApp, provider: ScriptedProvider, where: string): Promise<void> {
  const count = Number(STORM)
  const from = 10_000_000
  await app.ask({ kind: 'seed', from, to: from + 2 * count })
  const tokens = await signTokens(provider, from, count)
  let isOver = false
  const signedIn: Browser[] = []
  const signIns = async (): Promise<void> => {
    while (!isOver) {
      const browser = new Browser()
      if ((await browser.open(`${app.url}/private`)).status === 200) signedIn.push(browser)
      await pause(5)
    }
  }
  const people = [signIns(), signIns(), signIns()]
  const begun = performance.now()
  const taken = await postAll(app, tokens)
  const seconds = (performance.now() - begun) / 1_000
  isOver = true
  await Promise.all(people)
  const missed = await app.ask({ kind: 'present', from, to: from + count })
  const left = await app.ask({ kind: 'present', from: from + count, to: from + 2 * count })
  const users = await Promise.all(signedIn.map(async browser => (await browser.open(`${app.url}/me`)).text))
  const lost = users.filter(user => user === 'null').length
  console.log(
    `A storm of ${count} tokens in ${where}: ${taken} taken in ${seconds.toFixed(1)} s beside ${signedIn.length} sign-ins; ` +
      `${missed} sessions missed, ${count - left + lost} wrong ones ended.`,
  )
  if (missed + count - left + lost > 0) process.exitCode = 1
}

console.log(
  '| stores | sessions | CPU for a token | express + urlencoded + jwtVerify | ratio |\n|---|---|---|---|---|',
)
for (const where of IN.split(',')) {
  const provider = await scriptedProvider()
  const redis = where === 'redis' ? await startRedis('--appendonly', 'no') : undefined
  const jwksUri = String(provider.metadata.jwks_uri)
  const app = await startBenchApp({ issuer: provider.issuer, jwksUri, ...(redis && { redis: redis.port }) })
  await measure(app, provider, where)
  await storm(app, provider, where)
  app.stop()
  await redis?.remove()
  await provider.close()
}
