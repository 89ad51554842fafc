import { join } from 'node:path'
import type { ErrorRequestHandler, Express } from 'express'
import type { SessionOptions } from 'express-session'
import { onTestFinished } from 'vitest'
import { embeddedStore } from '../../../src/index.ts'
import { sqliteStore } from '../../../src/sqlite.ts'
import type { TestApp, TestAppOptions } from '../app.ts'
import { showLogin, type Visitor, visit } from '../logout.ts'
import type { SessionKeeper } from './session-stores.ts'

/** What an app is run with. */
export interface RunOptions {
  readonly session?: Partial<SessionOptions>
  readonly port?: number
  /** Mounts more pages. */
  readonly mount?: (app: Express) => void
}

/** An app whose sessions are in a store that is tried out. */
export interface StoreApp extends TestApp {
  /** What the app's own error handler was told. */
  readonly errors: readonly unknown[]
  /** Whether the store has a session. */
  readonly has: (sessionId: string) => Promise<boolean>
  /** Deletes a session behind the back of the library. */
  readonly drop: (sessionId: string) => Promise<void>
  /** Signs somebody in, and tells the id of the session. */
  readonly visit: (browser?: Visitor['browser']) => Promise<Visitor & { readonly sessionId: string }>
}

/** Where an app is started, and what it keeps there. */
interface Place {
  readonly start: (options: TestAppOptions) => Promise<TestApp>
  readonly keeper: SessionKeeper
  readonly directory: string
  /** Whether the records of the library outlive the app, as its sessions do. */
  readonly survives: boolean
}

/** Runs an app, as a process of its own would open its stores. */
export async function runStoreApp(
  { start, keeper, directory, survives }: Place,
  { session = {}, port = 0, mount }: RunOptions = {},
): Promise<StoreApp> {
  const { store, close } = await keeper.open()
  onTestFinished(close)
  const errors: unknown[] = []
  const note: ErrorRequestHandler = (error, _req, _res, next) => {
    errors.push(error)
    next(error)
  }
  const app = await start({
    port,
    relyingParty: survives
      ? { store: sqliteStore(join(directory, 'oidc.sqlite')), name: 'app' }
      : { store: embeddedStore(directory) },
    session: { ...session, store },
    after(express) {
      showLogin(express)
      express.get('/session-id', (req, res) => void res.send(req.sessionID))
      mount?.(express)
      express.use(note)
    },
  })
  return {
    ...app,
    errors,
    has: sessionId =>
      new Promise((resolve, reject) => {
        store.get(sessionId, (error: NodeJS.ErrnoException | null | undefined, found) =>
          error && error.code !== 'ENOENT' ? reject(error) : resolve(!error && Boolean(found)),
        )
      }),
    drop: sessionId =>
      new Promise((resolve, reject) => {
        store.destroy(sessionId, error => (error ? reject(error) : resolve()))
      }),
    async visit(browser) {
      const visitor = await visit(app, browser)
      return { ...visitor, sessionId: (await visitor.browser.open(`${app.url}/session-id`)).text }
    },
  }
}
