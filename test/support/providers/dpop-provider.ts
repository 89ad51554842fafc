import { randomBytes } from 'node:crypto'
import type { Configuration } from 'oidc-provider'
import { onTestFinished } from 'vitest'
import { type LocalProvider, startProvider } from '../../../examples/provider/provider.ts'

/** How a provider with DPoP behaves. */
export interface DpopProviderOptions {
  /** Whether each proof must have a nonce of the provider (RFC 9449 §8). */
  readonly wantsNonces?: boolean
  /** Seconds for which an access token is valid. */
  readonly tokenLife?: number
  readonly configuration?: (defaults: Configuration) => Configuration
}

/** Starts oidc-provider with DPoP and pushed requests. It is closed when the test has finished. */
export async function startDpopProvider({
  wantsNonces = true,
  tokenLife = 3_600,
  configuration = defaults => defaults,
}: DpopProviderOptions = {}): Promise<LocalProvider> {
  const provider = await startProvider({
    configuration: defaults =>
      configuration({
        ...defaults,
        ttl: { ...defaults.ttl, AccessToken: tokenLife },
        features: {
          ...defaults.features,
          dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => wantsNonces },
          pushedAuthorizationRequests: { enabled: true },
        },
      }),
  })
  onTestFinished(() => provider.close())
  return provider
}

/** The client metadata with which an app asks for tokens that are bound to its key. */
export const bound = { dpop_bound_access_tokens: true }
