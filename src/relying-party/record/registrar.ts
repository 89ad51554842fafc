import type { Provider } from '../../protocol/provider/connection.ts'
import type { Registry } from '../../protocol/registration/client-management.ts'
import { buildRegistry } from '../../protocol/registration/client-management.ts'
import { findUnlistedEncryption } from '../../protocol/registration/encryption-members.ts'
import type { Fetch } from '../../protocol/requests/bounded-fetch.ts'
import { OidcError } from '../../vocabulary/errors.ts'
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
 * @throws {@link OidcError} `ERR_OIDC_DISCOVERY_INVALID` if it does not list an encryption that the options ask for.
 */
export function buildRegistrar(settings: Settings, provider: Provider, newest = () => provider): Registrar {
  const asked = buildClientMetadata(settings, provider.metadata)
  if (!settings.client) refuseUnlisted(asked, provider)
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

/** A provider that does not encrypt must not be noticed only when users sign in. */
function refuseUnlisted(asked: RequestedMetadata, { metadata }: Provider): void {
  const unlisted = findUnlistedEncryption(asked, metadata)
  if (!unlisted) return
  const { algorithm, list } = unlisted
  throw new OidcError('ERR_OIDC_DISCOVERY_INVALID', {
    message: `The provider's ${list} does not contain ${algorithm}, which options.metadata ask for. Choose an algorithm that it lists, or leave the member out.`,
  })
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
