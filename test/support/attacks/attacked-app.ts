import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import express, { type Express } from 'express'
import session from 'express-session'
import express4 from 'express4'
import {
  memoryStore,
  type RelyingPartyOptions,
  relyingParty,
  requireRoles,
  requireUser,
} from '../../../src/index.ts'

/** Where an app stands: the major of Express, and the path below which everything is mounted. */
export type Place = readonly [name: string, makeApp: () => Express, mount: string]

export const places = [
  ['Express 5 at the root', express, ''],
  ['Express 5 below a path', express, '/shop'],
  ['Express 4 at the root', express4, ''],
  ['Express 4 below a path', express4, '/shop'],
] as const satisfies readonly Place[]

export interface AttackedApp {
  readonly origin: string
  /** The origin and the path below which the app is mounted. */
  readonly base: string
  /** How often a guarded page was shown. */
  readonly shown: () => number
  readonly log: readonly string[]
  /** Sends a request as it is, over a connection that stays open. No redirect is followed. */
  readonly send: (path: string, sent?: Sent) => Promise<Received>
  readonly close: () => Promise<void>
}

interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string
}

export interface Received {
  readonly status: number
  readonly location: string
  readonly headers: IncomingMessage['headers']
  /** What a browser would send back of the cookies. */
  readonly cookie: string
  readonly text: string
}

export const asBrowser = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

/** Starts an app with public and guarded pages, and no client in between that would tidy up a request. */
export async function attackedApp(
  issuer: string,
  [, makeApp, mount]: Place,
  { options = {}, before }: { options?: RelyingPartyOptions; before?: (app: Express) => void } = {},
): Promise<AttackedApp> {
  const app = makeApp()
  const server = createServer(app).listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const origin = `http://localhost:${port}`
  const agent = new Agent({ keepAlive: true })
  const log: string[] = []
  const rp = relyingParty({
    issuer,
    baseUrl: origin + mount,
    store: memoryStore(),
    log: sentence => log.push(sentence),
    ...options,
  })
  let shown = 0
  const show: express.RequestHandler = (req, res) => {
    shown += 1
    res.send(`private page of ${req.user?.name}`)
  }
  app.use(session({ secret: 'a secret for tests', resave: false, saveUninitialized: false }))
  before?.(app)
  const at = (path: string): string => mount + path
  app.use(at('/'), rp)
  app.get(at('/'), (_req, res) => void res.send('public'))
  app.get(at('/me'), (req, res) => void res.json(req.user ?? null))
  app.get(at('/private'), requireUser(), show)
  app.get(at('/admin'), requireRoles('admin'), show)
  app.use(at('/'), requireUser(), show)
  await rp.ready()

  return {
    origin,
    base: origin + mount,
    shown: () => shown,
    log,
    send: (path, { method = 'GET', headers = {}, body } = {}) =>
      new Promise((resolve, reject) => {
        const sent = {
          ...headers,
          ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
        }
        request({ host: 'localhost', port, path, method, headers: sent, agent }, answer => {
          receive(answer).then(resolve, reject)
        })
          .on('error', reject)
          .end(body)
      }),
    close: async () => {
      agent.destroy()
      await rp.close()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

async function receive(answer: IncomingMessage): Promise<Received> {
  const { headers, statusCode = 0 } = answer
  return {
    status: statusCode,
    location: headers.location ?? '',
    headers,
    cookie: cookiesOf(headers['set-cookie']),
    text: await text(answer),
  }
}

function cookiesOf(lines: readonly string[] = []): string {
  return lines
    .filter(line => !line.includes('Max-Age=0'))
    .map(line => line.split(';')[0])
    .join('; ')
}

/** Signs a user in, from wherever a request of theirs has led to the provider; returns the answer of the callback. */
export async function finishSignIn(app: AttackedApp, start: Received): Promise<Received> {
  const back = await fetch(start.location, { redirect: 'manual' })
  const { pathname, search } = new URL(back.headers.get('location') ?? '')
  return app.send(pathname + search, { headers: { ...asBrowser, cookie: start.cookie } })
}
