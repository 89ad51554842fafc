// What a logout token costs, compared with the minimum that any app must do for one, and a storm of tokens during sign-ins:
// `npm run bench:logout`, with SIZES=1000,100000,1000000, TOKENS=2000, STORM=10000, and IN=memory,redis.
import { setTimeout as pause } from 'node:timers/promises'
import { Browser } from '../test/support/browser.ts'
import { type BenchApp, startBenchApp } from '../test/support/logout/bench-apps.ts'
import { logoutToken, postLogout } from '../test/support/logout/tokens.ts'
import { startRedis } from '../test/support/processes/redis-server.ts'
import { type ScriptedProvider, scriptedProvider } from '../test/support/scripted-provider.ts'
import { median } from './harness/numbers.ts'

const { SIZES = '1000,100000,1000000', TOKENS = '2000', STORM = '10000', IN = 'memory,redis' } = process.env
const PARALLEL = 32
/** Into how many parts the tokens are divided. The minimum and the library take turns with each. */
const PARTS = 10

/** Signs tokens for some of the sessions in advance, so that the app's CPU time does not include it. */
function signTokens(provider: ScriptedProvider, from: number, count: number): Promise<string[]> {
  const numbers = Array.from({ length: count }, (_, index) => from + index)
  return Promise.all(numbers.map(number => logoutToken(provider, { sid: `sid ${number}` })))
}

/** Posts tokens in parallel, and returns how many were answered with 200. */
async function postAll(app: BenchApp, tokens: readonly string[], path?: string): Promise<number> {
  const waiting = [...tokens]
  let accepted = 0
  const post = async (): Promise<void> => {
    for (let token = waiting.pop(); token !== undefined; token = waiting.pop()) {
      const { status } = await postLogout(app, token, path)
      if (status === 200) accepted += 1
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, post))
  return accepted
}

/** The app's CPU time for each token, in milliseconds. */
async function costOf(app: BenchApp, tokens: readonly string[], path?: string): Promise<number> {
  const before = await app.ask({ kind: 'cpu' })
  const accepted = await postAll(app, tokens, path)
  if (accepted !== tokens.length) throw new Error(`${tokens.length - accepted} tokens were not accepted.`)
  return ((await app.ask({ kind: 'cpu' })) - before) / tokens.length
}

async function measure(app: BenchApp, provider: ScriptedProvider, where: string): Promise<void> {
  const count = Number(TOKENS)
  let seeded = 0
  await postAll(app, await signTokens(provider, -count, count), '/baseline') // warm up
  await postAll(app, await signTokens(provider, -count, count))
  for (const size of SIZES.split(',').map(Number)) {
    await app.ask({ kind: 'seed', from: seeded, to: size })
    const tokens = await signTokens(provider, Math.max(seeded, size - count), Math.min(count, size))
    seeded = size
    const [costs, baselines]: [number[], number[]] = [[], []]
    for (let part = 0; part < PARTS; part += 1) {
      const own = tokens.filter((_, index) => index % PARTS === part)
      baselines.push(await costOf(app, own, '/baseline'))
      costs.push(await costOf(app, own))
    }
    const figures = [
      `${median(costs).toFixed(3)} ms`,
      `${median(baselines).toFixed(3)} ms`,
      `x ${median(costs.map((cost, part) => cost / (baselines[part] ?? Number.NaN))).toFixed(2)}`,
    ]
    console.log(`| ${where} | ${size.toLocaleString('en')} | ${figures.join(' | ')} |`)
  }
}

/** Ends half of the sessions at once while users sign in. */
async function storm(app: BenchApp, provider: ScriptedProvider, where: string): Promise<void> {
  const count = Number(STORM)
  const from = 10_000_000
  await app.ask({ kind: 'seed', from, to: from + 2 * count })
  const tokens = await signTokens(provider, from, count)
  let isDone = false
  const signedIn: Browser[] = []
  const signIns = async (): Promise<void> => {
    while (!isDone) {
      const browser = new Browser()
      if ((await browser.open(`${app.url}/private`)).status === 200) signedIn.push(browser)
      await pause(5)
    }
  }
  const users = [signIns(), signIns(), signIns()]
  const begun = performance.now()
  const accepted = await postAll(app, tokens)
  const seconds = (performance.now() - begun) / 1_000
  isDone = true
  await Promise.all(users)
  const missed = await app.ask({ kind: 'present', from, to: from + count })
  const left = await app.ask({ kind: 'present', from: from + count, to: from + 2 * count })
  const answers = await Promise.all(signedIn.map(async browser => (await browser.open(`${app.url}/me`)).text))
  const lost = answers.filter(user => user === 'null').length
  console.log(
    `A storm of ${count} tokens in ${where}: ${accepted} accepted in ${seconds.toFixed(1)} s during ${signedIn.length} sign-ins; ` +
      `${missed} sessions missed, ${count - left + lost} ended by mistake.`,
  )
  if (missed + count - left + lost > 0) process.exitCode = 1
}

console.log(
  '| stores | sessions | CPU per token | express + urlencoded + jwtVerify | ratio |\n|---|---|---|---|---|',
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
