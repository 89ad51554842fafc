import * as client from 'openid-client'
import type { ClientInformation } from '../vocabulary/client-metadata.ts'
import type { ProviderMetadata } from './discovery.ts'
import { asCustomFetch, type Fetch } from './http.ts'
import type { KeyCache } from './key-cache.ts'

/** A provider that was discovered: its configuration, its keys, the way to reach it. */
export interface Provider {
  readonly metadata: ProviderMetadata
  readonly keys: KeyCache
  readonly fetch: Fetch
}

/** One of our clients at a provider: all that the flows need. */
export interface Connection extends Provider {
  readonly clientId: string
  readonly configuration: client.Configuration
}

/** Joins a provider with a client of ours. */
export function buildConnection(provider: Provider, granted: ClientInformation): Connection {
  const { client_id, client_secret, id_token_signed_response_alg } = granted
  const configuration = new client.Configuration(
    provider.metadata,
    client_id,
    id_token_signed_response_alg ? { id_token_signed_response_alg } : {},
    buildClientAuthentication(granted.token_endpoint_auth_method, client_secret),
  )
  configuration[client.customFetch] = asCustomFetch(provider.fetch)
  client.allowInsecureRequests(configuration) // discovery has decided which endpoints may be http
  return Object.freeze({ ...provider, clientId: client_id, configuration })
}

/** OpenID Connect Core 1.0 §9. A registration that names no method means `client_secret_basic`. */
function buildClientAuthentication(
  method: string | undefined,
  secret: string | undefined,
): client.ClientAuth {
  if (secret === undefined || method === 'none') return client.None()
  return method === 'client_secret_post' ? client.ClientSecretPost(secret) : client.ClientSecretBasic(secret)
}
