import { type RelyingPartyMiddleware, requireRoles, type StatusReport } from '../../../src/index.ts'
import { type TestProvider, type TestProviderOptions, testProvider } from '../../../src/testing.ts'
import type { TestApp, TestAppOptions } from '../app.ts'
import type { Browser, Page } from '../browser.ts'
import { asProgram, test as base, locationOf } from '../flow.ts'

type Start = (options?: TestAppOptions & { readonly issuer?: string }) => Promise<TestApp>

/** An app whose status is at `/status` for everybody, and at `/operators` for users with the role `operator`. */
export interface ReportedApp extends TestApp {
  /** Reads the report as a monitor does. */
  readonly report: () => Promise<StatusReport>
}

const operator: TestProviderOptions = {
  user: { sub: 'alice', name: 'Alice Liddell', email: 'alice@wonder.example', roles: ['operator'] },
}

/** Starts an app that mounts its status, in front of the middleware and behind a guard. */
export async function startReported(start: Start, options: Parameters<Start>[0] = {}): Promise<ReportedApp> {
  const made: { rp?: RelyingPartyMiddleware } = {}
  const status: RelyingPartyMiddleware['handlers']['status'] = (req, res, next) =>
    made.rp?.handlers.status(req, res, next)
  const app = await start({
    ...options,
    before: express => express.get('/status', status),
    after: express => {
      express.all('/operators', requireRoles('operator'), status)
      options.after?.(express)
    },
  })
  made.rp = app.rp
  return Object.assign(app, { report: async () => JSON.parse((await readStatus(app)).text) })
}

/** The answer that a monitor gets. */
export async function readStatus({ url }: Pick<TestApp, 'url'>): Promise<Page> {
  const {
    status,
    headers,
    url: at,
    text,
  } = await fetch(`${url}/status`, { headers: asProgram.headers ?? {} }).then(async response => ({
    ...fields(response),
    text: await response.text(),
  }))
  return { status, headers, url: at, text }
}

function fields({ status, headers, url }: Response): Omit<Page, 'text'> {
  return { status, headers, url }
}

/** Begins a sign-in and goes through the provider's pages until it answers. The answer is not delivered. */
export async function reachAnswer(browser: Browser, { url }: Pick<TestApp, 'url'>): Promise<URL> {
  for (let at = new URL('/private', url), steps = 0; steps < 10; steps += 1) {
    at = locationOf(await browser.open(at.href, { follow: false }))
    if (at.origin === url && at.pathname === '/callback') return at
  }
  throw new Error('The provider did not answer.')
}

/** The page that a person gets. */
export function openStatus(app: Pick<TestApp, 'url'>, browser: Browser): Promise<Page> {
  return browser.open(`${app.url}/status`)
}

/** A test with a real provider, whose only user is an operator, and a way to start apps there that mount their status. */
export const test = base
  .extend('op', async ({ onTestFinished }): Promise<TestProvider> => {
    const op = await testProvider(operator)
    onTestFinished(() => op.close())
    return op
  })
  .extend('startReported', ({ op, start }) => (options: Parameters<Start>[0] = {}) => {
    return startReported(start, { issuer: op.issuer, ...options })
  })
  .extend('reported', ({ startReported }): Promise<ReportedApp> => startReported())
