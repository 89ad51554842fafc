import { OidcError } from '../../vocabulary/errors.ts'
import type { ClientInformation } from '../../vocabulary/oauth2-client.ts'
import { hydraRegistration } from '../metadata/quirks.ts'
import type { Provider } from '../provider/connection.ts'
import type { Fetch } from '../requests/bounded-fetch.ts'

/** Where a provider manages its registrations, and how to reach it. */
export interface Registry {
  readonly issuer: string
  /** From discovery. Hydra omits it unless configured; the default is `{issuer}/oauth2/register`. */
  readonly registrationEndpoint: string | undefined
  readonly fetch: Fetch
  /** Whether that address was configured, such as one of an internal network, rather than discovered. Default `false`. */
  readonly isAddressGiven?: boolean
  /** What authenticates requests that manage a client. Default: its registration access token (RFC 7592 §2). */
  readonly managedWith?: ManagementAuthentication
}

/**
 * How get, set and delete authenticate: with the registration access token, as providers expect; or with the client's own
 * credentials, as Ory's documentation describes: the secret in a Basic header, or in the query.
 */
export type ManagementAuthentication =
  | 'registration_access_token'
  | 'client_secret_basic'
  | 'client_secret_post'

/** Builds the registry of a discovered provider. */
export function buildRegistry({ metadata, fetch }: Provider): Registry {
  return { issuer: metadata.issuer, registrationEndpoint: metadata.registration_endpoint, fetch }
}

/** Builds the URL at which clients are registered. Hydra does not announce it unless configured to. */
export function buildRegistrationUrl({ issuer, registrationEndpoint }: Registry): URL {
  return new URL(registrationEndpoint ?? hydraRegistration.endpoint(issuer))
}

/** Builds the URL that manages a client, and the authorization for it. */
export function buildManagement(
  registry: Registry,
  client: ClientInformation,
): { url: URL; authorization: string | undefined } {
  const url = managementUrl(registry, client)
  const { managedWith = 'registration_access_token' } = registry
  const secret = client.client_secret
  if (managedWith === 'registration_access_token')
    return { url, authorization: `Bearer ${required(client, 'registration_access_token')}` }
  if (secret === undefined) required(client, 'client_secret')
  if (managedWith === 'client_secret_basic')
    return { url, authorization: basic(client.client_id, String(secret)) }
  url.searchParams.set('client_secret', String(secret))
  return { url, authorization: undefined }
}

function required(client: ClientInformation, member: 'registration_access_token' | 'client_secret'): string {
  const value = client[member]
  if (value !== undefined) return value
  throw new OidcError('ERR_OIDC_CLIENT_METADATA_INVALID', {
    message: `${member} is missing: client ${client.client_id} cannot be managed without it. Pass what the registration returned.`,
  })
}

/**
 * The `registration_client_uri` from the registration, exactly as given (RFC 7592 §3), if it is on the same origin: a token that
 * can change redirect URIs is sent nowhere else. Otherwise the client is managed below the registration endpoint, but only if
 * that address was configured, such as one of an internal network.
 */
function managementUrl(
  registry: Registry,
  { client_id, registration_client_uri: uri }: ClientInformation,
): URL {
  const endpoint = buildRegistrationUrl(registry)
  if (uri !== undefined && URL.canParse(uri) && new URL(uri).origin === endpoint.origin) return new URL(uri)
  if (uri === undefined || registry.isAddressGiven)
    return new URL(`${endpoint.href.replace(/\/$/, '')}/${encodeURIComponent(client_id)}`)
  throw new OidcError('ERR_OIDC_CLIENT_METADATA_INVALID', {
    message: `registration_client_uri must be at ${endpoint.origin}, where the registration endpoint is.`,
  })
}

/** RFC 6749 §2.3.1: both parts are form-encoded before they are joined. */
function basic(id: string, secret: string): string {
  const encode = (text: string): string => new URLSearchParams({ text }).toString().slice('text='.length)
  return `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString('base64')}`
}
