import { OidcApiError } from '../../vocabulary/api-error.ts'
import type { ProviderMetadata } from '../metadata/provider-metadata.ts'
import { takesLogoutWithoutHint } from '../metadata/quirks.ts'
import { boundFetch, type Fetch } from '../requests/bounded-fetch.ts'
import { knownCause, reasonOf } from '../requests/failure-reason.ts'
import { buildLogoutFields, type LogoutParameters } from './logout-parameters.ts'

/** The parameters of a logout at the provider (OpenID Connect RP-Initiated Logout 1.0 §2). */
export interface EndSessionRequest {
  /** The newest ID token of the login. The provider accepts it even if it has expired. */
  readonly idTokenHint?: string | undefined
  /** Identifies the client if there is no ID token. */
  readonly clientId?: string | undefined
  /** Where the provider redirects the browser afterwards. Must be registered for the client. */
  readonly postLogoutRedirectUri?: string | undefined
  /** Returned unchanged with that redirect. */
  readonly state?: string | undefined
}

/** A logout through {@link OidcApi.revokeOidcSession}. */
export interface RevokeSessionRequest extends EndSessionRequest {
  /** Whether to request the URL from this process instead of only building it. Default `false`. */
  readonly follow?: boolean
}

/** A logout at the provider, which the browser sends as a posted form or as the query of a URL. */
export interface EndSessionForm {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
}

/** Whether browsers can be sent to the provider to end their session there. */
export function endsSessions({ end_session_endpoint: endpoint }: ProviderMetadata): boolean {
  return endpoint !== undefined
}

/** Builds a logout at the provider, or `undefined` if it has no such endpoint. */
export function buildEndSessionForm(
  metadata: ProviderMetadata,
  { idTokenHint, clientId, postLogoutRedirectUri, state }: EndSessionRequest,
  parameters: LogoutParameters = {},
): EndSessionForm | undefined {
  const { end_session_endpoint: action } = metadata
  if (action === undefined) return undefined
  const own = {
    id_token_hint: idTokenHint,
    client_id: clientId,
    post_logout_redirect_uri: postLogoutRedirectUri,
    state,
  }
  const isTaken = takesReturnAddress(metadata, idTokenHint, parameters)
  const fields = buildLogoutFields(isTaken ? own : {}, parameters)
  return { action: withoutRepeated(action, fields), fields }
}

/** A query in the endpoint's own URL is kept, but providers may refuse a parameter that is sent twice (RFC 6749 §3.1). */
function withoutRepeated(action: string, fields: EndSessionForm['fields']): string {
  const url = new URL(action)
  const repeated = Object.keys(fields).filter(name => url.searchParams.has(name))
  for (const name of repeated) url.searchParams.delete(name)
  return repeated.length > 0 ? url.href : action
}

/** Some providers answer a return address or a `state` with an error page if there is no ID token. */
export function takesReturnAddress(
  metadata: ProviderMetadata,
  idToken: string | undefined,
  { id_token_hint: chosen }: LogoutParameters,
): boolean {
  return (idToken !== undefined && chosen !== null) || takesLogoutWithoutHint(metadata)
}

/** Builds the URL that is equivalent to a form. */
export function buildEndSessionUrl({ action, fields }: EndSessionForm): URL {
  const url = new URL(action)
  for (const [name, value] of Object.entries(fields)) url.searchParams.append(name, value)
  return url
}

/** The origins that may load this app's pages in frames: the provider's pages can be on another host than its issuer. */
export function framingOrigins({
  issuer,
  end_session_endpoint: endpoint,
}: ProviderMetadata): readonly string[] {
  const pages = endpoint === undefined ? [issuer] : [issuer, endpoint]
  return [...new Set(pages.map(page => new URL(page).origin))]
}

/** Builds the URL of a logout. With `follow`, requests it and returns where the provider redirects to. */
export async function revokeSession(
  metadata: ProviderMetadata,
  request: RevokeSessionRequest,
  fetch: Fetch,
  deadline = 5_000,
): Promise<{ readonly url: URL; readonly location?: string }> {
  const operation = 'revokeOidcSession'
  const form = buildEndSessionForm(metadata, request)
  if (!form)
    throw new OidcApiError('ERR_OIDC_DISCOVERY_INVALID', {
      operation,
      message: 'The provider has no end_session_endpoint.',
    })
  const url = buildEndSessionUrl(form)
  if (!request.follow) return { url }
  const response = await boundFetch(fetch, { deadline, redirects: 'return' })(url.href, {
    method: 'GET',
  }).catch(error => {
    const message = `${operation} (GET ${url.origin}${url.pathname}) failed: ${reasonOf(error)}. Check the address and the network.`
    throw new OidcApiError('ERR_OIDC_PROVIDER_UNAVAILABLE', { operation, message, cause: knownCause(error) })
  })
  const location = URL.parse(response.headers.get('location') ?? 'about:no-redirect', url.href)
  if (location && location.protocol !== 'about:') return { url, location: location.href }
  throw new OidcApiError('ERR_OIDC_ANSWER_INVALID', {
    operation,
    providerStatus: response.status,
    message: `${operation} (GET ${url.origin}${url.pathname}) answered HTTP ${response.status} instead of a redirect. Check the end_session_endpoint.`,
  })
}
