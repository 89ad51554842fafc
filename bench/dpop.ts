// What access tokens that are bound to a key (DPoP) cost an app, beside bearer tokens: `npm run bench:dpop`, with REQUESTS=2000
// and ROUNDS=5. The CPU time of a request at an API includes the client that sends it, in both columns; its proofs are made in advance.
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { memoryStore, relyingParty, requireUser, type Store } from '../src/index.ts'
import { fetchApi } from '../src/middleware/tokens/api-fetch.ts'
import { proofKeys } from '../src/relying-party/client/proof-keys.ts'
import { buildSettings } from '../src/relying-party/options/settings.ts'
import { redisIsMissing, startRedis } from '../test/support/processes/redis-server.ts'
import { type ScriptedProvider, scriptedProvider } from '../test/support/scripted-provider.ts'
import { openMedium } from '../test/support/stores/media.ts'
import { accessToken, audience } from '../test/support/tokens/bearer.ts'
import { dpopCaller } from '../test/support/tokens/dpop-caller.ts'
import { median } from './harness/numbers.ts'

const { REQUESTS = '2000', ROUNDS = '5' } = process.env
const count = Number(REQUESTS)
const PARALLEL = 8
const agent = new Agent({ keepAlive: true, maxSockets: PARALLEL })

type Send = (index: number) => Promise<number>

/** Microseconds of CPU time for each of the requests, all of which must be answered with 200. */
async function costOf(send: Send): Promise<number> {
  const before = process.cpuUsage()
  let next = 0
  const work = async (): Promise<void> => {
    while (next < count) {
      const status = await send(next++)
      if (status !== 200) throw new Error(`A request was answered with ${status}.`)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, work))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}

/** Compares in turn, so that what else happens on this machine counts for both. */
async function compare(what: string, bearer: Send, makeBound: () => Promise<Send>): Promise<void> {
  const costs: { bearer: number[]; bound: number[] } = { bearer: [], bound: [] }
  await costOf(bearer) // warm up
  await costOf(await makeBound())
  for (let round = 0; round < Number(ROUNDS); round += 1) {
    costs.bearer.push(await costOf(bearer))
    const bound = await makeBound()
    costs.bound.push(await costOf(bound))
  }
  const [without, withProof] = [median(costs.bearer), median(costs.bound)]
  const figures = [without, withProof, withProof - without].map(value => `${value.toFixed(0)} µs`)
  console.log(`| ${what} | ${figures.join(' | ')} |`)
}

/** An app calls an API that answers at once. */
async function measureFetch({ issuer }: ScriptedProvider): Promise<void> {
  const store = memoryStore()
  const fetch = async (): Promise<Response> => new Response('ok')
  const apiOrigins = ['https://api.example']
  const settings = buildSettings({ issuer, baseUrl: 'https://app.example', store, fetch, apiOrigins }, {})
  const keys = proofKeys(settings)
  const { jkt } = await keys.current(['ES256'])
  const send =
    (token: { readonly accessToken: string; readonly jkt?: string }): Send =>
    async () =>
      (await fetchApi({ settings, proofKeys: keys }, async () => token, 'https://api.example/orders')).status
  const accessToken = 'a'.repeat(600)
  await compare('req.oidc.fetch(), without network', send({ accessToken }), async () =>
    send({ accessToken, jkt }),
  )
}

/** An API takes access tokens that are JWTs. */
async function measureApi(provider: ScriptedProvider, where: string, store: Store): Promise<void> {
  const app = express()
  const server = createServer(app).listen(0)
  await once(server, 'listening')
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const { issuer } = provider
  const rp = relyingParty({
    issuer,
    baseUrl: url,
    name: 'bench',
    store,
    log: false,
    bearer: { audience, tokensOnly: true },
  })
  app.use(rp)
  app.get('/api', requireUser(), (_req, res) => void res.send('ok'))
  await rp.ready()

  const caller = await dpopCaller()
  const [plain, bound] = await Promise.all([
    accessToken(provider),
    accessToken(provider, { cnf: { jkt: caller.jkt } }),
  ])
  const makeBound = async (): Promise<Send> => {
    await caller.call({ url }, '/api', bound) // brings the newest nonce
    const proof = (): Promise<string> => caller.proof({ url: `${url}/api`, token: bound })
    const proofs = await Promise.all(Array.from({ length: count }, proof))
    return index => get(`${url}/api`, { authorization: `DPoP ${bound}`, dpop: String(proofs[index]) })
  }
  await compare(where, () => get(`${url}/api`, { authorization: `Bearer ${plain}` }), makeBound)
  await rp.close()
  server.closeAllConnections()
  server.close()
}

async function get(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const sent = request(url, { agent, headers }).end()
  const [response] = await once(sent, 'response')
  response.resume()
  await once(response, 'end')
  return response.statusCode
}

console.log('| CPU time of a request | bearer token | bound token | difference |\n|---|--:|--:|--:|')
const provider = await scriptedProvider()
await measureFetch(provider)
await measureApi(provider, 'an API with marks in memory', memoryStore())
if (!redisIsMissing()) {
  const redis = await startRedis('--appendonly', 'no')
  const medium = await openMedium({ kind: 'redis', place: String(redis.port) })
  await measureApi(provider, 'an API with marks in Redis', medium.store('bench'))
  await medium.close()
  await redis.remove()
}
agent.destroy()
await provider.close()
