import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express, { type Express } from 'express'
import session, { type SessionOptions } from 'express-session'
import {
  embeddedStore,
  type RelyingPartyMiddleware,
  type RelyingPartyOptions,
  relyingParty,
  requireUser,
} from '../../src/index.ts'
import type { Browser } from './browser.ts'

export interface TestAppOptions {
  readonly relyingParty?: RelyingPartyOptions
  /** The app's public addresses, where that is not only the one at which it listens. */
  readonly baseUrl?: (url: string) => string | readonly string[]
  /** `false` mounts no session. */
  readonly session?: Partial<SessionOptions> | false
  /** Another major of Express. */
  readonly makeApp?: () => Express
  /** Mounts more, before the middleware of the library. */
  readonly before?: (app: Express) => void
  /** Mounts more, behind it. */
  readonly after?: (app: Express) => void
  /** Keeps client records here instead of in a new folder. */
  readonly directory?: string
  readonly port?: number
}

export interface TestApp {
  readonly url: string
  readonly rp: RelyingPartyMiddleware
  /** What the library said to the operator. */
  readonly log: readonly string[]
  /** How often the guarded page was shown. */
  readonly shown: () => number
  /** The user that the app sees in this browser. */
  readonly userOf: (browser: Browser) => Promise<Record<string, unknown> | null>
  readonly close: () => Promise<void>
}

/** Starts an app on loopback that signs users in at an issuer: `/` is public, `/private` guarded, `/me` tells the user. */
export async function startApp(issuer: string, options: TestAppOptions = {}): Promise<TestApp> {
  const app = (options.makeApp ?? express)()
  const server = createServer(app).listen(options.port ?? 0, 'localhost')
  await once(server, 'listening') // and fails if the port is taken
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'oidc-app-')))
  const log: string[] = []
  const rp = relyingParty({
    issuer,
    baseUrl: options.baseUrl?.(url) ?? url,
    ...(directory && { store: embeddedStore(directory) }),
    log: sentence => log.push(sentence),
    ...options.relyingParty,
  })
  let shown = 0

  if (options.session !== false) {
    app.use(
      session({ secret: 'a secret for tests', resave: false, saveUninitialized: false, ...options.session }),
    )
  }
  options.before?.(app)
  app.use(rp)
  options.after?.(app)
  app.get('/', (_req, res) => void res.send('public'))
  app.get('/me', (req, res) => void res.json(req.user ?? null))
  app.all('/private', requireUser(), (req, res) => {
    shown += 1
    res.send(`private page of ${req.user?.name}`)
  })

  return {
    url,
    rp,
    log,
    shown: () => shown,
    userOf: async browser => JSON.parse((await browser.open(`${url}/me`)).text),
    close: async () => {
      await rp.close()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      if (!options.directory) await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
