import type { RelyingPartyOptions } from '../../../src/index.ts'
import type { TestApp } from '../app.ts'
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
