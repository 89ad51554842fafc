import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { run } from '../../scripts/command.ts'
import { Browser } from '../support/browser.ts'
import { logoutToken, postLogout } from '../support/logout/tokens.ts'
import { redisIsMissing, startRedis } from '../support/processes/redis-server.ts'
import type { Service } from '../support/processes/service.ts'
import { filesOf } from '../support/recipes/recipe.ts'
import { type ScriptedProvider, scriptedProvider } from '../support/scripted-provider.ts'

/** The answer of a function to API Gateway (payload format 2.0). */
interface LambdaAnswer {
  readonly statusCode: number
  readonly headers?: Readonly<Record<string, string>>
  readonly cookies?: readonly string[]
  readonly body?: string
  readonly isBase64Encoded?: boolean
}

/** Functions are always behind TLS. */
const site = 'https://shop.example'

type Handler = (event: object, context: object) => Promise<LambdaAnswer>

const env = { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) }
const packages = ['@codegenie/serverless-express@^5', 'express', 'express-session', 'connect-redis', 'redis']

describe.skipIf(redisIsMissing())('the app of the recipe for functions, on AWS Lambda', () => {
  let folder: string
  let redis: Service
  let provider: ScriptedProvider
  let origin: string
  const closing: (() => unknown)[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oidc-lambda-'))
    ;[redis, provider] = await Promise.all([startRedis(), scriptedProvider()])
    await writeFile(join(folder, 'package.json'), '{"private":true,"type":"module"}')
    for (const [name, code] of filesOf('docs/recipes/serverless.md'))
      await writeFile(join(folder, name), code)
    const flags = ['--prefer-offline', '--no-audit', '--no-fund']
    await run('npm', ['install', ...flags, ...packages, inject('tarball')], { cwd: folder, env })
    origin = await startGateway(async () => {
      const { handler } = (await import(pathToFileURL(join(folder, 'lambda.js')).href)) as {
        handler: Handler
      }
      return handler
    })
    Object.assign(process.env, {
      BASE_URL: site,
      ISSUER_BASE_URL: provider.issuer,
      REDIS_URL: `redis://127.0.0.1:${redis.port}`,
      SESSION_SECRET: 'a secret of the function',
    })
  })

  afterAll(async () => {
    for (const close of closing) close()
    await provider.close()
    await redis.remove()
    await rm(folder, { recursive: true, force: true })
  })

  test('signs a user in and out, and obeys a logout token', async () => {
    const route = (url: URL): URL => (url.origin === site ? new URL(url.pathname + url.search, origin) : url)
    const browser = new Browser({ route })
    const profile = await browser.open(`${site}/profile?tab=2`)
    expect([profile.status, profile.url]).toEqual([200, `${site}/profile?tab=2`])
    const left = await browser.post(`${site}/logout`, {})
    expect([left.url, left.text]).toEqual([`${site}/`, 'public'])
    expect(provider.requestsTo('endSession')).toHaveLength(1)

    const { sub } = JSON.parse((await browser.open(`${site}/profile`)).text)
    expect((await postLogout({ url: origin }, await logoutToken(provider, { sub }))).status).toBe(200)
    expect((await browser.open(`${site}/profile`, { follow: false })).status).toBe(303)
    expect(provider.requestsTo('register')).toHaveLength(1)
  })

  /** Translates requests into the events of API Gateway, and answers back, as that does. */
  async function startGateway(load: () => Promise<Handler>): Promise<string> {
    const answer = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
      const handler = await load()
      const answered = await handler(await eventOf(message), { awsRequestId: 'test', functionName: 'shop' })
      const { statusCode, headers = {}, cookies = [], body = '', isBase64Encoded = false } = answered
      response.writeHead(statusCode, { ...headers, 'set-cookie': [...cookies] })
      response.end(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'))
    }
    const server = createServer((message, response) => {
      answer(message, response).catch(error => response.writeHead(502).end(String(error)))
    }).listen(0, 'localhost')
    await once(server, 'listening')
    closing.push(() => server.close())
    return `http://localhost:${(server.address() as AddressInfo).port}`
  }
})

async function eventOf(message: IncomingMessage): Promise<object> {
  const { method = 'GET', headers, url = '/' } = message
  const { pathname, search } = new URL(url, 'http://localhost')
  const { cookie, ...others } = headers
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: pathname,
    rawQueryString: search.slice(1),
    ...(cookie && { cookies: cookie.split('; ') }),
    headers: { ...others, 'x-forwarded-proto': 'https' },
    requestContext: {
      stage: '$default',
      http: { method, path: pathname, sourceIp: '192.0.2.1', protocol: 'HTTP/1.1' },
    },
    body: await text(message),
    isBase64Encoded: false,
  }
}
