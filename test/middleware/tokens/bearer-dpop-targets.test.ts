import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import express4 from 'express4'
import { expect, onTestFinished } from 'vitest'
import { memoryStore, relyingParty, requireUser } from '../../../src/index.ts'
import { apiApp, audience } from '../../support/tokens/bearer.ts'
import { PROOF, test } from '../../support/tokens/bearer-dpop-flow.ts'
import type { DpopCaller } from '../../support/tokens/dpop-caller.ts'

interface Target {
  readonly method: string
  /** As it stands in the first line of the request. */
  readonly path: string
  /** The URL that the proof names. */
  readonly htu: string
}

/** Sends a request whose target need not be a path, and returns the status and the code of its answer. */
async function callTarget(
  program: DpopCaller,
  url: string,
  token: string,
  target: Target,
): Promise<unknown[]> {
  const { method, path, htu } = target
  const dpop = await program.proof({ url: htu, token, method })
  const headers = { accept: 'application/json', authorization: `DPoP ${token}`, dpop }
  const [answer] = (await once(request(url, { method, path, headers }).end(), 'response')) as [
    IncomingMessage,
  ]
  const body = await text(answer)
  const { 'content-type': type = '' } = answer.headers
  return [answer.statusCode, type.startsWith('application/json') ? JSON.parse(body).error : body]
}

test.for([
  ['GET', 'http://x/api', 'http://x/api'],
  ['GET', 'HTTP://x:1/api', 'http://x:1/api'],
  ['OPTIONS', '*', '*'],
] as const)(
  'a bound token is refused with a target that is no path: %s %s',
  async ([method, path, htu], { start, program, token }) => {
    const app = await start(apiApp({}, { after: express => void express.options('*all', requireUser()) }))
    await program.call(app, '/api', token)
    expect(await callTarget(program, app.url, token, { method, path, htu })).toEqual(PROOF.slice(0, 2))
    const right = { method: 'GET', path: '/api', htu: `${app.url}/api` }
    expect(await callTarget(program, app.url, token, right)).toEqual([200, undefined])
  },
)

test('a proof for a host that begins like that of the app is no proof for the app', async ({
  provider,
  program,
  token,
}) => {
  const app = express4()
  const rp = relyingParty({
    issuer: provider.issuer,
    baseUrl: 'https://app.example',
    store: memoryStore(),
    log: false,
    bearer: { audience, tokensOnly: true },
  })
  app.use(/^\/api/, rp as never) // Express 4 takes any rest for the path below a pattern
  app.use(
    requireUser() as never,
    ((_req: unknown, res: { send(body: string): void }) => res.send('in')) as never,
  )
  const server = createServer(app as never).listen(0)
  onTestFinished(async () => {
    server.close()
    await rp.close()
  })
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const answerFor = (path: string, htu: string): Promise<unknown[]> =>
    callTarget(program, url, token, { method: 'GET', path, htu })
  await program.call({ url }, '/api/x', token)
  expect(await answerFor('/api.evil.example/x', 'https://app.example.evil.example/x')).toEqual(
    PROOF.slice(0, 2),
  )
  expect(await answerFor('/api/x', 'https://app.example/x')).toEqual([200, 'in'])
})
