import { isEmpty } from './client-model.ts'
import { type HydraError, protocolError } from './errors.ts'
import { type HydraClient, strings } from './state.ts'

const SIGNING_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512']

/** Hydra facts §2.3, in the order in which Hydra looks. The authentication method is not checked against a list. */
export function refuseInvalidClient(client: HydraClient): void {
  refuseKeys(client)
  for (const name of ['tos_uri', 'policy_uri', 'logo_uri', 'client_uri']) refuseWebAddress(name, client[name])
  for (const origin of strings(client['allowed_cors_origins'])) refuseOrigin(origin)
  refuseChoices(client)
  strings(client.redirect_uris).forEach(refuseRedirectUri)
  refusePostLogout(client)
}

function refuseKeys(client: HydraClient): void {
  const keys = keysIn(client)
  if (client.token_endpoint_auth_method === 'private_key_jwt') {
    if (isEmpty(client.jwks_uri) && !keys) {
      throw invalid(
        "When token_endpoint_auth_method is 'private_key_jwt', either jwks or jwks_uri must be set.",
      )
    }
    const { token_endpoint_auth_signing_alg: algorithm } = client
    if (!isEmpty(algorithm) && !SIGNING_ALGORITHMS.includes(String(algorithm))) {
      throw invalid(
        'Only RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 and ES512 are supported as algorithms for private key authentication.',
      )
    }
  }
  if (!isEmpty(client.jwks_uri) && keys) {
    throw invalid('Fields jwks and jwks_uri can not both be set, you must choose one.')
  }
  if (keys?.some(key => typeof key['kty'] !== 'string')) throw invalid('Invalid JSON web key in set.')
}

/** The keys of `jwks`; `{}` is none. */
export function keysIn({ jwks }: HydraClient): Readonly<Record<string, unknown>>[] | undefined {
  const keys = typeof jwks === 'object' && jwks !== null && 'keys' in jwks ? jwks.keys : undefined
  return Array.isArray(keys) ? keys : undefined
}

function refuseWebAddress(name: string, value: unknown): void {
  if (isEmpty(value)) return
  const url = URL.parse(String(value))
  if (!url) throw invalid(`Field ${name} must be a valid URI.`)
  if (isWeb(url)) return
  throw invalid(`${name} ${String(value)} must use https:// or http:// as HTTP scheme.`)
}

function refuseOrigin(origin: string): void {
  const url = URL.parse(origin)
  if (!url || !isWeb(url)) throw invalid(`Origin URL ${origin} must use https:// or http:// as HTTP scheme.`)
  if (url.pathname + url.search + url.hash === '/') return
  throw invalid(
    `Origin URL ${origin} must have an empty path, query, and fragment but one of the parts is not empty.`,
  )
}

function refuseChoices({ userinfo_signed_response_alg: algorithm, subject_type }: HydraClient): void {
  if (algorithm !== 'none' && algorithm !== 'RS256') {
    throw invalid("Field userinfo_signed_response_alg can either be 'none' or 'RS256'.")
  }
  if (subject_type !== 'public') {
    throw invalid(
      `Subject type ${String(subject_type)} is not supported by server, only [public] are allowed.`,
    )
  }
}

/** Hydra facts §2.3: that it can be parsed and has no fragment is all that is asked. */
function refuseRedirectUri(uri: string): void {
  if (uri.includes('#')) {
    throw protocolError('invalid_redirect_uri', 'Redirect URIs must not contain fragments (#).')
  }
  if (!URL.canParse(uri)) throw protocolError('invalid_redirect_uri', `Unable to parse redirect URL: ${uri}`)
}

/** Hydra facts §2.3: each on the scheme, host and port of some redirect URI. */
function refusePostLogout(client: HydraClient): void {
  const redirects = strings(client.redirect_uris).map(uri => new URL(uri))
  for (const uri of strings(client.post_logout_redirect_uris)) {
    const url = URL.parse(uri)
    if (!url) throw invalid(`Unable to parse post_logout_redirect_uri: ${uri}`)
    if (redirects.some(({ protocol, host }) => protocol === url.protocol && host === url.host)) continue
    throw invalid(
      `post_logout_redirect_uri "${uri}" must match the domain, port, scheme of at least one of the registered redirect URIs but did not`,
    )
  }
}

function isWeb({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'http:'
}

function invalid(hint: string): HydraError {
  return protocolError('invalid_client_metadata', hint)
}
