// Floods the back-channel route of an app whose stores are in Redis with junk: `npm run bench:flood`, with POSTS=50000.
// The baseline is the same number of posts to an address that does not exist.
import { createClient } from 'redis'
import { type BenchApp, startBenchApp } from '../test/support/logout/bench-apps.ts'
import { junkTokens } from '../test/support/logout/junk-tokens.ts'
import { startRedis } from '../test/support/processes/redis-server.ts'
import { scriptedProvider } from '../test/support/scripted-provider.ts'
import { countBy } from '../test/support/soak/exchanges.ts'

const POSTS = Number(process.env['POSTS'] ?? 50_000)
const PARALLEL = 16
/** The memory is measured after each part of the flood. */
const PARTS = 5

/** Posts junk, and returns the statuses of the answers. */
async function flood(url: string, kinds: readonly (() => string)[], count: number): Promise<string[]> {
  const statuses: string[] = []
  let next = 0
  const post = async (): Promise<void> => {
    while (next < count) {
      const token = kinds[next++ % kinds.length]?.() ?? ''
      const answer = await fetch(url, { method: 'POST', body: new URLSearchParams({ logout_token: token }) })
      await answer.arrayBuffer()
      statuses.push(String(answer.status))
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, post))
  return statuses
}

/** Requests the public page repeatedly during the work, and returns the 99th percentile of its response times in milliseconds. */
async function pageLatencyDuring(app: BenchApp, work: () => Promise<unknown>): Promise<number> {
  const taken: number[] = []
  let isDone = false
  const open = async (): Promise<void> => {
    while (!isDone) {
      const begun = performance.now()
      await (await fetch(app.url)).arrayBuffer()
      taken.push(performance.now() - begun)
    }
  }
  const opening = open()
  await work()
  isDone = true
  await opening
  return taken.sort((one, other) => one - other)[Math.floor(taken.length * 0.99)] ?? 0
}

const provider = await scriptedProvider()
const redis = await startRedis('--appendonly', 'no')
const client = await createClient({ socket: { host: '127.0.0.1', port: redis.port } }).connect()
const jwksUri = String(provider.metadata.jwks_uri)
const app = await startBenchApp({ issuer: provider.issuer, jwksUri, redis: redis.port })
const kinds = await junkTokens(provider)
await flood(`${app.url}/backchannel-logout`, kinds, 2_000) // warm up
const rows = await client.dbSize()
const absent = await pageLatencyDuring(app, () => flood(`${app.url}/absent`, kinds, POSTS))
const memory = [await app.ask({ kind: 'rss' })]
const statuses: string[] = []
const begun = performance.now()
const route = await pageLatencyDuring(app, async () => {
  for (let part = 0; part < PARTS; part += 1) {
    statuses.push(...(await flood(`${app.url}/backchannel-logout`, kinds, POSTS / PARTS)))
    memory.push(await app.ask({ kind: 'rss' }))
  }
})
const seconds = (performance.now() - begun) / 1_000
const added = (await client.dbSize()) - rows
const refetches = provider.requestsTo('jwks').length
console.log(
  `${POSTS} junk posts in ${seconds.toFixed(0)} s, answered by status: ${JSON.stringify([...countBy(statuses)])}.`,
)
console.log(
  `${added} new rows; keys fetched ${refetches} times; RSS in MB: ${memory.map(Math.round).join(', ')}.`,
)
console.log(
  `p99 of / during the flood: ${route.toFixed(1)} ms; during as many posts to an absent route: ${absent.toFixed(1)} ms.`,
)
if (added !== 0 || statuses.includes('200')) process.exitCode = 1
app.stop()
client.destroy()
await redis.remove()
await provider.close()
