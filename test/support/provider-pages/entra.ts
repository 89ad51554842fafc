import type { JWK } from 'jose'
import type { ProviderFixture } from './fixture.ts'

export const A = 'aaaaaaaa-0000-4000-8000-00000000000a'
export const B = 'bbbbbbbb-0000-4000-8000-00000000000b'
/** The tenant of private accounts. */
export const CONSUMERS = '9188040d-6c67-4c5b-b112-36a304b66dad'
export const SUB = 'AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ'

/** The discovery document below an address such as `https://login.microsoftonline.com/organizations`. */
export function entraDocument(base: string, issuer: string): ProviderFixture['metadata'] {
  return {
    token_endpoint: `${base}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${base}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer,
    request_uri_parameter_supported: false,
    userinfo_endpoint: 'https://graph.microsoft.com/oidc/userinfo',
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${base}/oauth2/v2.0/devicecode`,
    http_logout_supported: true,
    frontchannel_logout_supported: true,
    end_session_endpoint: `${base}/oauth2/v2.0/logout`,
    kerberos_endpoint: `${base}/kerberos`,
    tenant_region_scope: null,
    cloud_instance_name: 'microsoftonline.com',
    cloud_graph_host_name: 'graph.windows.net',
    msgraph_host: 'graph.microsoft.com',
    rbac_url: 'https://pas.windows.net',
  }
}

/** A key has no `alg`, and names the issuer that may use it. */
export function entraKey(issuer: string): (key: JWK) => object {
  return ({ alg: _, ...key }) => ({ ...key, x5t: key.kid, x5c: ['MII…'], issuer })
}

export function entraClaims(tid: string): Readonly<Record<string, unknown>> {
  return {
    ver: '2.0',
    sub: SUB,
    oid: '00000000-0000-0000-66f3-3332eca7ea81',
    tid,
    preferred_username: 'ann@corp.example',
    name: 'Ann Lee',
    email: 'ann@corp.example',
    at_hash: undefined, // none from the token endpoint
    uti: 'fqiBqXLPj0eQa82S-IYFAA',
    rh: '0.AAAA',
    aio: 'Df2UVXL1ix',
  }
}

export const entraUserInfo: Readonly<Record<string, unknown>> = {
  sub: SUB,
  name: 'Ann Lee',
  family_name: 'Lee',
  given_name: 'Ann',
  picture: 'https://graph.microsoft.com/v1.0/me/photo/$value',
  email: 'ann@corp.example',
}

/** The response names other scopes than the request, and no `openid`. */
export const entraTokens: ProviderFixture['tokenResponse'] = usual => ({
  ...usual,
  scope: 'profile email User.Read',
  expires_in: 4711,
  ext_expires_in: 4711,
})

export const entraCallback: NonNullable<ProviderFixture['callback']> = usual => ({
  ...usual,
  code: `1.AXkA_${usual['code']}`,
  session_state: '002f6a2f-8a5b-4f3a-9d4c-1c1d1e1f2021',
})

/** What Microsoft Entra ID answers to the prompts and scopes that it does not know. */
export function refusePrompts({
  query,
}: {
  readonly query: URLSearchParams
}): undefined | { readonly error: string } {
  const prompt = query.get('prompt') ?? 'login'
  return ['login', 'none', 'select_account', 'consent'].includes(prompt)
    ? undefined
    : { error: 'invalid_request' }
}
