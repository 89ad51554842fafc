import { decodeJwt, decodeProtectedHeader } from 'jose'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import type { TestApp } from '../app.ts'
import { expectSignIn } from '../flow.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'
import { test as base, callRoute } from './api-flow.ts'
import { type ProvingApi, startProvingApi } from './proving-api.ts'
import { offline } from './token-flow.ts'

/** A provider that binds the tokens it issues. */
export function bindTokens(provider: ScriptedProvider): void {
  Object.assign(provider.metadata, { dpop_signing_alg_values_supported: ['ES256'] })
  provider.tokenResponse = body => ({ ...body, token_type: 'DPoP' })
}

interface Proof {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

/** What the proofs of the requests to an endpoint say; `undefined` for a request without one. */
export function proofsAt(
  provider: ScriptedProvider,
  endpoint: Parameters<ScriptedProvider['requestsTo']>[0],
): (Proof | undefined)[] {
  return provider.requestsTo(endpoint).map(({ headers }) => {
    const { dpop } = headers
    if (typeof dpop !== 'string') return undefined
    return { header: { ...decodeProtectedHeader(dpop) }, claims: decodeJwt(dpop) }
  })
}

/** A test with an app whose tokens are bound to its key, and a browser that is signed in there. */
export const test = base
  .extend('provingApi', (): Promise<ProvingApi> => startProvingApi())
  .extend('startBound', ({ start, provider, provingApi, kept, calling }) => {
    bindTokens(provider)
    return (options: Partial<RelyingPartyOptions> = {}, port = 0): Promise<TestApp> => {
      const { after, ...rest } = offline(kept.store, {
        metadata: { dpop_bound_access_tokens: true },
        apiOrigins: [provingApi.origin],
        ...options,
      } as Partial<RelyingPartyOptions>)
      return start({
        ...rest,
        port,
        after(express) {
          after?.(express)
          callRoute(express, calling)
        },
      })
    }
  })
  .extend('calling', ({ provingApi }) => ({ url: `${provingApi.origin}/orders?open=1`, request: () => ({}) }))
  .extend('app', async ({ startBound, browser }): Promise<TestApp> => {
    const app = await startBound()
    await expectSignIn({ app, browser })
    return app
  })
