import type { RelyingPartyOptions } from '../../../src/index.ts'
import type { TestApp, TestAppOptions } from '../app.ts'
import { test as base } from '../hydra-flow.ts'
import { watchedStore } from './replicas.ts'

/** Starts releases of one app one after the other: same store, name and port, other options. */
export const test = base
  .extend('watched', () => watchedStore())
  .extend('release', ({ start, hydra, watched }) => {
    let last: TestApp | undefined
    return async (options: Partial<RelyingPartyOptions> = {}, issuer = hydra.issuer): Promise<TestApp> => {
      const port = last ? Number(new URL(last.url).port) : 0
      await last?.close()
      last = await start({
        issuer,
        port,
        relyingParty: {
          store: watched.store,
          name: 'app',
          ...options,
          metadata: { client_name: 'App', ...options.metadata },
        } as RelyingPartyOptions,
      })
      return last
    }
  })

/** Starts releases of one app side by side: same store and name, each at its own port, with its own options. */
export const sideBySide = base
  .extend('watched', () => watchedStore())
  .extend('release', ({ start, hydra, watched }) => {
    const places = new Map<string, number>()
    const running = new Map<string, TestApp>()
    /** Starts a release at its own port, in place of the one that ran there. */
    return async (
      name: string,
      options: Partial<RelyingPartyOptions> = {},
      app: TestAppOptions = {},
    ): Promise<TestApp> => {
      await running.get(name)?.close()
      const started = await start({
        ...app,
        issuer: hydra.issuer,
        port: places.get(name) ?? 0,
        relyingParty: {
          store: watched.store,
          name: 'app',
          ...options,
          metadata: { client_name: 'App', ...options.metadata },
        } as RelyingPartyOptions,
      })
      places.set(name, Number(new URL(started.url).port))
      running.set(name, started)
      await started.rp.ready()
      return started
    }
  })
