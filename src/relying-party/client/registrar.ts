import type { Fetch } from '../../protocol/provider/bounded-fetch.ts'
import type { Provider } from '../../protocol/provider/connection.ts'
import type { Registry } from '../../protocol/registration/client-management.ts'
import { buildRegistry } from '../../protocol/registration/client-management.ts'
import type { RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import type { Settings } from '../options/settings.ts'
import { buildClientMetadata } from './requested-metadata.ts'

/** What a change of our registration needs. */
export interface Registrar {
  readonly settings: Settings
  readonly provider: Provider
  readonly registry: Registry
  /** What the options ask for. */
  readonly asked: RequestedMetadata
}

/**
 * Joins the settings with a provider that was discovered.
 *
 * @param newest - Returns the provider as it was last discovered.
 */
export function buildRegistrar(settings: Settings, provider: Provider, newest = () => provider): Registrar {
  const asked = buildClientMetadata(settings, provider.metadata)
  const isAddressGiven = Object.hasOwn(settings.endpoints, 'registration_endpoint')
  return {
    settings,
    asked,
    get provider() {
      return newest()
    },
    get registry() {
      return { ...buildRegistry(newest()), isAddressGiven }
    },
  }
}

/** Binds the requests of a registrar to a lease, so that they end before it does. */
export function bindRegistrar(registrar: Registrar, bind: (fetch: Fetch) => Fetch): Registrar {
  const { registry, provider } = registrar
  return {
    ...registrar,
    registry: { ...registry, fetch: bind(registry.fetch) },
    provider: { ...provider, fetch: bind(provider.fetch) },
  }
}
