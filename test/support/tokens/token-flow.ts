import { expect } from 'vitest'
import { memoryStore, type RelyingPartyOptions, type Store } from '../../../src/index.ts'
import type { TestApp, TestAppOptions } from '../app.ts'
import type { Browser } from '../browser.ts'
import { test as base, expectSignIn } from '../flow.ts'
import { test as hydraBase } from '../hydra-flow.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'
import { type Told, toldEvents } from '../told-events.ts'
import { askToken, tokenRoutes } from './token-routes.ts'

/** A store in memory that a test looks into, and that fails when the test says so. */
export interface TokenStore {
  readonly store: Store
  /** The record of the tokens, or `undefined`. */
  readonly tokens: () => Promise<Readonly<Record<string, unknown>> | undefined>
  /** Changes the record behind the library's back; `undefined` removes it. */
  readonly change: (changed: object | undefined) => Promise<void>
  /** Called before each operation on tokens; what it throws is the store's failure. */
  fault: (operation: 'get' | 'set' | 'delete') => void | Promise<void>
  /** Whether the next write is done and not answered. */
  losesAnswer: boolean
}

function tokenStore(): TokenStore {
  const inner = memoryStore()
  let key = ''
  const watch = async (operation: 'get' | 'set' | 'delete', name: string): Promise<void> => {
    if (!name.startsWith('tokens:')) return
    key = name
    await self.fault(operation)
  }
  const store: Store = {
    ...inner,
    get: name => watch('get', name).then(() => inner.get(name)),
    async set(name, value, options) {
      await watch('set', name)
      const version = await inner.set(name, value, options)
      if (!self.losesAnswer || !name.startsWith('tokens:')) return version
      self.losesAnswer = false
      throw new Error('no answer')
    },
    delete: (name, options) => watch('delete', name).then(() => inner.delete(name, options)),
  }
  const self: TokenStore = {
    store,
    async tokens() {
      const stored = await inner.get(key)
      return stored && JSON.parse(stored.value)
    },
    async change(changed) {
      if (changed) await inner.set(key, JSON.stringify(changed))
      else await inner.delete(key)
    },
    fault: () => undefined,
    losesAnswer: false,
  }
  return self
}

/** The options of an app that may renew its access tokens. */
export function offline(store: Store, more: Partial<RelyingPartyOptions> = {}): TestAppOptions {
  const options = { scope: 'openid profile offline_access', store, name: 'app', ...more }
  return { after: tokenRoutes, relyingParty: options as RelyingPartyOptions }
}

/** A test with an app that renews its access tokens; the browser is signed in. */
export const test = base
  .extend('kept', () => tokenStore())
  .extend('events', (): readonly Told[] => toldEvents())
  .extend('app', async ({ start, kept, browser }): Promise<TestApp> => {
    const app = await start(offline(kept.store))
    await expectSignIn({ app, browser })
    return app
  })

/** The same at Hydra. */
export const hydraTest = hydraBase
  .extend('kept', () => tokenStore())
  .extend('events', (): readonly Told[] => toldEvents())
  .extend('app', async ({ start, hydra, kept, browser }): Promise<TestApp> => {
    const app = await start({ issuer: hydra.issuer, ...offline(kept.store) })
    await browser.open(`${app.url}/private`)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    return app
  })

/** The access token's life at the scripted providers, in milliseconds. */
export const LIFE = 3_600_000

/** What is told when the provider has ended a login. */
export const ENDED = { status: 401, error: 'ERR_OIDC_LOGIN_ENDED' }

/** Nobody is signed in, and no token is left; the same browser can sign in again. */
export async function expectEnded(app: TestApp, browser: Browser, tokens: object | undefined): Promise<void> {
  expect(tokens).toEqual({ isOver: true })
  expect(await app.userOf(browser)).toBeNull()
  await expectSignIn({ app, browser })
  expect((await askToken(app, browser)).status).toBe(200)
}

/** The refreshes that a provider was asked for, as forms. */
export const refreshesAt = (provider: Pick<ScriptedProvider, 'requestsTo'>): URLSearchParams[] =>
  provider
    .requestsTo('token')
    .map(({ body }) => new URLSearchParams(body))
    .filter(form => form.get('grant_type') === 'refresh_token')
