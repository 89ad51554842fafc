import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import { startApp, type TestApp, type TestAppOptions } from '../../support/app.ts'
import { showLogin } from '../../support/logout/logout-pages.ts'
import { tokenRoutes } from '../../support/tokens/token-routes.ts'
import type { Purpose } from '../servers/administration.ts'
import type { Provider } from './provider.ts'

/** An app of a flow, and the name by which the provider knows it. */
export interface FlowApp extends TestApp {
  readonly clientName: string
  /** The ids of its clients, as the provider counts them. */
  readonly clients: () => Promise<readonly string[]>
  /** How many registrations the provider has granted it. */
  readonly registrations: () => number
  readonly measure: Measure
}

/** Keeps a figure for the table; the name says its unit. */
export type Measure = (name: string, value: number) => void

interface FlowAppOptions extends Omit<TestAppOptions, 'relyingParty'> {
  readonly relyingParty?: Partial<RelyingPartyOptions>
  readonly clientName?: string
  /** Another provider than the shared one. */
  readonly at?: Provider
}

/** What a flow works with. */
export interface FlowContext {
  /** The provider that all flows share. */
  readonly provider: Provider
  /** Starts a provider for this flow only. */
  readonly startProvider: (purpose: Exclude<Purpose, 'shared'>) => Promise<Provider>
  /** Starts an app with the options that a usual app has here, and waits until it is registered. */
  readonly start: (options?: FlowAppOptions) => Promise<FlowApp>
  /** The same, without waiting. */
  readonly startUnready: (options?: FlowAppOptions) => Promise<FlowApp>
}

export type Flow = (context: FlowContext) => Promise<void>

export function buildContext(
  provider: Provider,
  startOwn: (purpose: Purpose) => Promise<Provider>,
  onFinished: (close: () => Promise<void>) => void,
  measure: Measure,
): FlowContext {
  const startUnready: FlowContext['startUnready'] = async options => {
    const app = { ...(await startFlowApp(provider, options)), measure }
    onFinished(app.close)
    return app
  }
  return {
    provider,
    startUnready,
    async start(options) {
      const app = await startUnready(options)
      await app.rp.ready({ timeout: 20 })
      return app
    },
    async startProvider(purpose) {
      const own = await startOwn(purpose)
      onFinished(own.close)
      return own
    },
  }
}

async function startFlowApp(
  shared: Provider,
  options: FlowAppOptions = {},
): Promise<Omit<FlowApp, 'measure'>> {
  const { at = shared, clientName = `app ${randomUUID()}`, after, relyingParty, session, ...rest } = options
  const { registrations, fetch } = countRegistrations(relyingParty?.fetch)
  const app = await startApp(at.issuer, {
    ...rest,
    // Cookies know no ports: two apps on this machine would share one.
    session: session !== false && { name: clientName.replaceAll(' ', '-'), ...session },
    relyingParty: merge(clientName, at.options, relyingParty, { fetch }),
    after(router) {
      tokenRoutes(router)
      showLogin(router)
      router.get('/info', async (req, res) => void res.json(await req.oidc.fetchUserInfo()))
      after?.(router)
    },
  })
  const clients = (): Promise<readonly string[]> => at.administration.clientsNamed(clientName)
  return { ...app, clientName, clients, registrations }
}

/** A fetch that counts the clients which a provider has made. */
function countRegistrations(inner: typeof fetch = fetch): {
  readonly registrations: () => number
  readonly fetch: typeof fetch
} {
  let count = 0
  const countingFetch: typeof fetch = async (input, init) => {
    const response = await inner(input, init)
    // A pushed request is answered with 201 too.
    if (response.status === 201 && (await response.clone().text()).includes('"client_id"')) count += 1
    return response
  }
  return { registrations: () => count, fetch: countingFetch }
}

/** Joins options, and the registered metadata member by member. */
function merge(clientName: string, ...all: readonly (Partial<RelyingPartyOptions> | undefined)[]) {
  const metadata = Object.assign({ client_name: clientName }, ...all.map(options => options?.metadata))
  return { ...Object.assign({}, ...all), metadata } as RelyingPartyOptions
}

/** Waits until something holds; the message says what did not come. */
export async function until(
  what: string,
  holds: () => Promise<boolean>,
  milliseconds = 10_000,
): Promise<void> {
  for (const deadline = performance.now() + milliseconds; !(await holds()); await pause(50))
    if (performance.now() > deadline)
      throw new Error(`In ${milliseconds / 1_000} seconds, this did not come: ${what}`)
}
