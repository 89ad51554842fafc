import { setTimeout } from 'node:timers/promises'
import session from 'express-session'
import { decodeProtectedHeader } from 'jose'
import { memoryStore, type RelyingPartyOptions, type Store } from '../../../src/index.ts'
import type { ClientRecord } from '../../../src/relying-party/record/client-record-shape.ts'
import type { TestApp, TestAppOptions } from '../app.ts'
import type { Browser, Page } from '../browser.ts'
import { showLogin } from '../logout/logout-pages.ts'

type Start = (options?: TestAppOptions & { readonly issuer?: string }) => Promise<TestApp>

/** A store in memory that several apps share and a test can look into. */
export interface WatchedStore {
  readonly store: Store
  /** What is in the client record now. */
  readonly record: () => Promise<ClientRecord>
  /** Forgets everything. */
  readonly wipe: () => Promise<void>
  /** Remembers what is durable; call what it returns to restore that. */
  readonly backUp: () => Promise<() => Promise<void>>
  /** Waits until the apps have read the record some more times, so that what they would do is done. */
  readonly rounds: (count?: number) => Promise<void>
  /** Everything that is written, as one text. */
  readonly contents: () => Promise<string>
  /** Waits until no app is changing anything at the provider: a clock that is moved meanwhile would end its lease. */
  readonly idle: () => Promise<void>
}

export function watchedStore(
  watch: (operation: string, key: string, value?: string) => void = () => {},
): WatchedStore {
  const inner = memoryStore()
  const keys = new Set<string>()
  let reads = 0
  const store: Store = {
    ...inner,
    get(key) {
      if (key.startsWith('client:')) reads += 1
      watch('get', key)
      return inner.get(key)
    },
    set(key, value, options) {
      keys.add(key)
      watch('set', key, value)
      return inner.set(key, value, options)
    },
  }
  return {
    store,
    async record() {
      const key = [...keys].find(name => name.startsWith('client:')) ?? ''
      const stored = await inner.get(key)
      return JSON.parse(stored?.value ?? '{}')
    },
    async wipe() {
      for (const key of keys) await inner.delete(key)
    },
    async backUp() {
      const durable = [...keys].filter(key => !key.startsWith('lease:'))
      const saved = await Promise.all(durable.map(async key => [key, await inner.get(key)] as const))
      return async () => {
        for (const [key, stored] of saved) if (stored) await inner.set(key, stored.value)
      }
    },
    async rounds(count = 4) {
      // Not expect.poll: it moves a stopped clock.
      for (const enough = reads + count; reads < enough; ) await setTimeout(5)
    },
    async idle() {
      const isBusy = async (): Promise<boolean> => {
        const leases = [...keys].filter(key => key.startsWith('lease:')).map(key => inner.get(key))
        return (await Promise.all(leases)).some(lease => lease !== undefined)
      }
      while (await isBusy()) await setTimeout(5)
    },
    async contents() {
      const values = await Promise.all([...keys].map(key => inner.get(key)))
      return values.map(stored => stored?.value ?? '').join('\n')
    },
  }
}

/** As many apps as were asked for, so that no test has to look whether the one it destructures is there. */
type Apps<Count extends number, Made extends TestApp[] = []> = Made['length'] extends Count
  ? Made
  : Apps<Count, [...Made, TestApp]>

/** Starts apps that are one app: with one store, one base URL, one session store. */
export async function startReplicas<Count extends 1 | 2 | 3>(
  start: Start,
  count: Count,
  {
    store = memoryStore(),
    issuer,
    relyingParty = {},
  }: {
    readonly store?: Store
    readonly issuer?: string | undefined
    readonly relyingParty?: Partial<RelyingPartyOptions>
  } = {},
): Promise<Apps<Count>> {
  const sessions = new session.MemoryStore()
  const apps: TestApp[] = []
  for (let index = 0; index < count; index += 1) {
    const [first] = apps
    const app = await start({
      ...(issuer === undefined ? {} : { issuer }),
      after: showLogin,
      session: { store: sessions },
      relyingParty: {
        store,
        name: 'app',
        routes: { frontchannelLogout: '/frontchannel-logout' },
        ...(first ? { baseUrl: first.url } : {}),
        ...relyingParty,
      } as RelyingPartyOptions,
    })
    await app.rp.ready()
    apps.push(app)
  }
  return apps as Apps<Count>
}

/** Delivers the provider's answer at one certain replica. */
export function deliver(browser: Browser, callback: URL, replica: TestApp): Promise<Page> {
  return browser.open(new URL(callback.pathname + callback.search, replica.url).href)
}

/** A fetch that remembers by which keys an app has proved who it is. */
export function watchedFetch(): { readonly fetch: typeof globalThis.fetch; readonly kids: string[] } {
  const kids: string[] = []
  return {
    kids,
    fetch: (url, init) => {
      const body = init?.body instanceof URLSearchParams ? init.body.toString() : init?.body
      const form = new URLSearchParams(typeof body === 'string' ? body : '')
      const assertion = form.get('client_assertion')
      if (assertion) kids.push(String(decodeProtectedHeader(assertion).kid))
      return fetch(url, init)
    },
  }
}

/** The ids of the keys in a key set, whatever it is. */
export function kidsOf(jwks: unknown): string[] {
  const { keys = [] } = (jwks ?? {}) as { readonly keys?: readonly { readonly kid?: string }[] }
  return keys.map(({ kid }) => String(kid))
}

/** The ids of the keys that an app serves. */
export async function servedKids({ url }: Pick<TestApp, 'url'>): Promise<string[]> {
  const response = await fetch(`${url}/jwks.json`)
  if (response.status !== 200) throw new Error(`The app answers ${response.status} for its keys.`)
  return kidsOf(await response.json())
}
