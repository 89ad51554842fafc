import type { RequestedMetadata } from '../../vocabulary/oauth2-client.ts'

/** Members of client metadata that this library uses itself, under its own names. */
export function readClientMetadata({
  client_name,
  scope,
  redirect_uris,
  post_logout_redirect_uris,
  grant_types,
  backchannel_logout_uri,
  frontchannel_logout_uri,
  require_pushed_authorization_requests,
  dpop_bound_access_tokens,
  token_endpoint_auth_method,
  token_endpoint_auth_signing_alg,
  request_object_signing_alg,
}: RequestedMetadata): {
  readonly clientName: string | null | undefined
  readonly scope: string | null | undefined
  readonly redirectUris: readonly string[] | null | undefined
  readonly postLogoutRedirectUris: readonly string[] | null | undefined
  readonly grantTypes: readonly string[] | null | undefined
  readonly backchannelLogoutUri: string | null | undefined
  readonly frontchannelLogoutUri: string | null | undefined
  readonly requiresPushedRequests: boolean
  readonly dpopBoundAccessTokens: boolean
  readonly authenticationMethod: string | null | undefined
  readonly assertionAlgorithm: string | null | undefined
  readonly requestAlgorithm: string | null | undefined
} {
  return {
    clientName: client_name,
    scope,
    redirectUris: redirect_uris,
    postLogoutRedirectUris: post_logout_redirect_uris,
    grantTypes: grant_types,
    backchannelLogoutUri: backchannel_logout_uri,
    frontchannelLogoutUri: frontchannel_logout_uri,
    requiresPushedRequests: require_pushed_authorization_requests === true,
    dpopBoundAccessTokens: dpop_bound_access_tokens === true,
    authenticationMethod: token_endpoint_auth_method,
    assertionAlgorithm: token_endpoint_auth_signing_alg,
    requestAlgorithm: request_object_signing_alg,
  }
}
