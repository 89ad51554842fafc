import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as stream from 'node:stream'
import express, { type Express, type RequestHandler } from 'express'
import session from 'express-session'
import * as library from '../../../src/index.ts'
import { tokenRoutes } from '../tokens/token-routes.ts'

const { embeddedStore, relyingParty } = library

/** An app that a page shows, running. */
export interface AppOfPage {
  readonly origin: string
  /** Its options, as they stand in the page. */
  readonly options: library.RelyingPartyOptions
  readonly log: readonly string[]
  readonly close: () => Promise<void>
}

interface Surroundings {
  readonly environment: Readonly<Record<string, string>>
  /** Joins the options of the page: `fetch`, which leads to the fixture. */
  readonly options: Partial<library.RelyingPartyOptions>
  /** Stand in for modules that the app imports, beside those of every app. */
  readonly modules?: Readonly<Record<string, object>>
}

/** Runs an app as it stands in a page. Only its port, its store, its log and these options are the test's own. */
export async function runAppOfPage(
  code: string,
  { environment, options: added, modules: more = {} }: Surroundings,
): Promise<AppOfPage> {
  const directory = await mkdtemp(join(tmpdir(), 'oidc-page-'))
  const log: string[] = []
  let app: Express | undefined
  let rp: library.RelyingPartyMiddleware | undefined
  let options: library.RelyingPartyOptions | undefined
  const modules = {
    'node:stream': stream,
    ...more,
    express: { default: Object.assign(() => withoutPort(express(), made => (app = made)), express) },
    'express-session': { default: session },
    'express-oidc-rp': {
      ...library,
      relyingParty(given: library.RelyingPartyOptions): RequestHandler {
        options = given
        const store = embeddedStore(directory)
        rp = relyingParty({
          ...given,
          store,
          log: (sentence: string) => log.push(sentence),
          ...added,
        } as never)
        return rp
      },
    },
  }
  await run(code, modules, environment)
  if (!app || !rp || !options)
    throw new Error('The app of the page does not listen, or has no relyingParty().')
  app.get('/who', (req, res) => void res.json(req.user ?? null))
  app.get('/recent', library.requireRecentLogin({ maxAge: 300 }), (_req, res) => void res.send('recent'))
  app.use('/silent', (_req, _res, next) => void rp?.ready().then(() => next(), next))
  app.get('/silent', library.attemptSilentLogin(), (_req, res) => void res.send('silent'))
  tokenRoutes(app)
  const server = createServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    options,
    log,
    async close() {
      await rp?.close()
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await rm(directory, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** An app whose `listen()` hands it over. */
function withoutPort(app: Express, listens: (app: Express) => void): Express {
  return Object.assign(app, { listen: () => listens(app) })
}

/** Runs the code of a page with these modules in place of its imports. */
async function run(
  code: string,
  modules: Readonly<Record<string, object>>,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const body = code.replace(/^import (\w+)?,? ?(\{.*\})? ?from '(.+)'$/gm, (_, usual, names = '{}', name) => {
    const renamed = names.replace(/ as /g, ': ')
    return `const ${renamed} = modules['${name}']; ${usual ? `const ${usual} = modules['${name}'].default` : ''}`
  })
  const AsyncFunction = (async () => {}).constructor as new (
    ...text: string[]
  ) => (...given: unknown[]) => Promise<void>
  await new AsyncFunction('modules', 'process', body)(modules, { env })
}
