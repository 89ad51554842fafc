import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Express, Request } from 'express'
import { OidcError } from '../../../src/index.ts'
import type { ApiRequest } from '../../../src/middleware/tokens/api-fetch.ts'
import type { TestApp } from '../app.ts'
import type { Browser } from '../browser.ts'
import { expectSignIn } from '../flow.ts'
import { test as base, offline } from './token-flow.ts'

/** What an API got. */
interface Call {
  readonly path: string
  readonly method: string
  readonly authorization: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** An API that remembers its calls, and answers as a test says. */
interface Api {
  readonly origin: string
  readonly calls: Call[]
  answer: (call: Call, response: ServerResponse) => void
}

/** How the app calls it, and how it answers then. */
interface Calling {
  url: string | URL
  request: (req: Request) => ApiRequest
}

/** Refuses one token, and tells which other one it gets. */
export const refusing =
  (token: string | undefined): Api['answer'] =>
  ({ authorization }, response) =>
    void response.writeHead(authorization === `Bearer ${token}` ? 401 : 200).end(authorization)

/** A test with an app that calls an API, and a browser that is signed in there. */
export const test = base
  .extend('api', async ({ onTestFinished }): Promise<Api> => {
    const calls: Call[] = []
    const hear = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
      const { url: path = '', method = '', headers } = req
      const heard = {
        path,
        method,
        headers,
        authorization: headers.authorization ?? '',
        body: await text(req),
      }
      calls.push(heard)
      api.answer(heard, res)
    }
    const server: Server = createServer((req, res) => void hear(req, res)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const api: Api = { origin, calls, answer: (_call, response) => void response.end('hello') }
    return api
  })
  .extend('calling', ({ api }): Calling => ({ url: `${api.origin}/orders?open=1`, request: () => ({}) }))
  .extend('app', async ({ start, api, calling, kept, browser }): Promise<TestApp> => {
    const { after, ...options } = offline(kept.store, { apiOrigins: ['https://api.example', api.origin] })
    const app = await start({
      ...options,
      after(express) {
        after?.(express)
        callRoute(express, calling)
        userInfoRoute(express)
      },
    })
    await expectSignIn({ app, browser })
    return app
  })

/** Lets an app call the API at `/call`, and tell what came of it. */
export function callRoute(app: Express, calling: Calling): void {
  app.get('/call', async (req, res) => {
    try {
      const response = await req.oidc.fetch(calling.url, calling.request(req))
      res.json({
        status: response.status,
        location: response.headers.get('location'),
        text: await response.text(),
      })
    } catch (error) {
      if (error instanceof OidcError) res.json({ error: error.code, message: error.message })
      else res.json({ thrown: String(error) })
    }
  })
}

function userInfoRoute(app: Express): void {
  app.get('/userinfo', async (req, res) => void res.json(await req.oidc.fetchUserInfo()))
}

/** Lets the app call the API. */
export const call = async (app: TestApp, browser: Browser): Promise<Record<string, unknown>> =>
  JSON.parse((await browser.open(`${app.url}/call`)).text)
