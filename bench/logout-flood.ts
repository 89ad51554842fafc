// What a flood of junk at the back-channel route does to an app whose stores are in Redis: `npm run bench:flood`, with
// POSTS=50000. The same number of posts to an address that is not there is what it is compared with.
import { randomBytes } from 'node:crypto'
import { createClient } from 'redis'
import { type BenchApp, startBenchApp } from '../test/support/logout/bench-apps.ts'
import { logoutClaims, logoutToken } from '../test/support/logout/tokens.ts'
import { startRedis } from '../test/support/processes/redis-server.ts'
import { type ScriptedProvider, scriptedProvider } from '../test/support/scripted-provider.ts'
import { countBy } from '../test/support/soak/exchanges.ts'

const POSTS = Number(process.env['POSTS'] ?? 50_000)
const PARALLEL = 16
/** In so many parts the memory is looked at. */
const PARTS = 5

const random = (bytes = 24): string => randomBytes(bytes).toString('base64url')
const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** What a stranger can send, each time another: from what is seen at once to what needs a signature to be verified. */
async function junk(provider: ScriptedProvider): Promise<readonly (() => string)[]> {
  const claims = (more: object): object => logoutClaims(provider, { sid: random(), ...more })
  const [header = '', , signature = ''] = (await logoutToken(provider, { sid: 'any' })).split('.')
  const old = await logoutToken(provider, { sid: 'any', iat: 1_700_000_000, exp: 1_700_000_100 })
  const unsigned = encoded({ alg: 'none', typ: 'logout+jwt' })
  const unknownKey = (): string => encoded({ alg: 'RS256', typ: 'logout+jwt', kid: random() })
  return [
    () => '',
    () => random(),
    () => random(20_000),
    () => `${random()}.${random()}.${random()}`,
    () => `${unsigned}.${encoded(claims({}))}.`,
    () => `${header}.${encoded(claims({ aud: random() }))}.${signature}`,
    () => `${header}.${encoded(claims({ iss: 'https://other.example' }))}.${signature}`,
    () => `${unknownKey()}.${encoded(claims({}))}.${signature}`,
    () => `${header}.${encoded(claims({}))}.${signature}`,
    () => old,
  ]
}

/** Posts junk, and tells how it was answered. */
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

/** Opens the public page again and again meanwhile, and tells the milliseconds within which 99 of 100 were answered. */
async function beside(app: BenchApp, work: () => Promise<unknown>): Promise<number> {
  const taken: number[] = []
  let isOver = false
  const open = async (): Promise<void> => {
    while (!isOver) {
      const begun = performance.now()
      await (await fetch(app.url)).arrayBuffer()
      taken.push(performance.now() - begun)
    }
  }
  const opening = open()
  await work()
  isOver = true
  await opening
  return taken.sort((one, other) => one - other)[Math.floor(taken.length * 0.99)] ?? 0
}

const provider = await scriptedProvider()
const redis = await startRedis('--appendonly', 'no')
const client = await createClient({ socket: { host: '127.0.0.1', port: redis.port } }).connect()
const jwksUri = String(provider.metadata.jwks_uri)
const app = await startBenchApp({ issuer: provider.issuer, jwksUri, redis: redis.port })
const kinds = await junk(provider)
await flood(`${app.url}/backchannel-logout`, kinds, 2_000) // until the code is compiled
const rows = await client.dbSize()
const absent = await beside(app, () => flood(`${app.url}/absent`, kinds, POSTS))
const memory = [await app.ask({ kind: 'rss' })]
const statuses: string[] = []
const begun = performance.now()
const route = await beside(app, async () => {
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
  `p99 of / beside them ${route.toFixed(1)} ms, beside as many posts to no route ${absent.toFixed(1)} ms.`,
)
if (added !== 0 || statuses.includes('200')) process.exitCode = 1
app.stop()
client.destroy()
await redis.remove()
await provider.close()
