import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import session from 'express-session'
import { test as base } from 'vitest'
import {
  type RelyingPartyMiddleware,
  type RelyingPartyOptions,
  relyingParty,
  requireUser,
} from '../../../src/index.ts'
import type { RoutePaths } from '../../../src/relying-party/options/route-paths.ts'
import { Browser } from '../browser.ts'
import { type ScriptedProvider, scriptedProvider } from '../scripted-provider.ts'
import { watchedStore } from './replicas.ts'

/** An app whose users sign in at either of two providers: `/private` sends to the first, `/partners` to the second. */
export interface TwoProviderApp {
  readonly url: string
  readonly first: RelyingPartyMiddleware
  readonly second: RelyingPartyMiddleware
  readonly log: readonly string[]
  /** What the store of both holds, as one text. */
  readonly contents: () => Promise<string>
  /** What a page of the app sees in this browser. */
  readonly seenBy: (browser: Browser) => Promise<Seen>
}

interface Seen {
  readonly name: string | null
  readonly isAuthenticated: boolean
  readonly loginUrl: string
}

type Options = Partial<RelyingPartyOptions>

export const routesAt = (path: string): RoutePaths => ({
  login: `${path}/login`,
  callback: `${path}/callback`,
  logout: `${path}/logout`,
  logoutCallback: `${path}/logout/callback`,
  backchannelLogout: `${path}/backchannel-logout`,
  frontchannelLogout: `${path}/frontchannel-logout`,
  initiateLogin: `${path}/initiate-login`,
})

async function startTwo(
  first: Options,
  second: Options,
): Promise<TwoProviderApp & { close(): Promise<void> }> {
  const app = express()
  const server = createServer(app).listen(0, 'localhost')
  await new Promise(resolve => server.once('listening', resolve))
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const { store, contents } = watchedStore()
  const log: string[] = []
  const make = (options: Options): RelyingPartyMiddleware =>
    relyingParty({
      baseUrl: url,
      name: 'app',
      store,
      log: line => log.push(line),
      ...options,
    } as RelyingPartyOptions)
  const made = [
    make({ routes: routesAt('/a'), ...first }),
    make({ routes: routesAt('/b'), ...second }),
  ] as const
  app.use(session({ secret: 'a secret for tests', resave: false, saveUninitialized: false }), ...made)
  app.get('/', (_req, res) => void res.send('public'))
  app.get('/me', ({ user, oidc }, res) => {
    res.json({ name: user?.name ?? null, isAuthenticated: oidc.isAuthenticated, loginUrl: oidc.loginUrl })
  })
  app.get('/private', requireUser(), (req, res) => void res.send(`private page of ${req.user?.name}`))
  const toSecond = requireUser({
    onUnauthenticated: (_error, { oidc }, res) => {
      res.redirect(`/b/login?returnTo=${encodeURIComponent(oidc.returnPath)}`)
    },
  })
  app.get('/partners', toSecond, (req, res) => void res.send(`partner page of ${req.user?.name}`))
  return {
    url,
    first: made[0],
    second: made[1],
    log,
    contents,
    seenBy: async browser => JSON.parse((await browser.open(`${url}/me`)).text) as Seen,
    async close() {
      await Promise.all(made.map(rp => rp.close()))
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

type StartTwo = (first?: Options, second?: Options) => Promise<TwoProviderApp>

/** A test with two providers, `a` and `b`, an app that uses both, and a browser. */
export const test = base
  .extend('a', ({ onTestFinished }): Promise<ScriptedProvider> => providerOf('Una at A', onTestFinished))
  .extend('b', ({ onTestFinished }): Promise<ScriptedProvider> => providerOf('Una at B', onTestFinished))
  .extend('startTwo', async ({ a, b, onTestFinished }): Promise<StartTwo> => {
    const apps: { close(): Promise<void> }[] = []
    onTestFinished(async () => void (await Promise.all(apps.map(app => app.close()))))
    return async (first = {}, second = {}) => {
      const app = await startTwo({ issuer: a.issuer, ...first }, { issuer: b.issuer, ...second })
      apps.push(app)
      return app
    }
  })
  .extend('app', ({ startTwo }): Promise<TwoProviderApp> => startTwo())
  .extend('browser', (): Browser => new Browser())

async function providerOf(
  name: string,
  onTestFinished: (cleanup: () => Promise<void>) => void,
): Promise<ScriptedProvider> {
  const provider = await scriptedProvider()
  onTestFinished(() => provider.close())
  provider.user = { sub: 'user-1', name }
  return provider
}
