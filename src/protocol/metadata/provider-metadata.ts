import type { ServerMetadata } from 'openid-client'
import { isListOf, isText, type JsonObject } from '../../vocabulary/json.ts'

/** The provider's configuration (OpenID Connect Discovery 1.0 §3), checked. */
export type ProviderMetadata = Readonly<ServerMetadata> & {
  readonly token_endpoint: string
  readonly jwks_uri: string
}

/** The lists that this library reads. A single string in place of one would be searched for parts of it. */
const lists = [
  'code_challenge_methods_supported',
  'id_token_signing_alg_values_supported',
  'response_modes_supported',
  'response_types_supported',
  'scopes_supported',
  'token_endpoint_auth_methods_supported',
  'token_endpoint_auth_signing_alg_values_supported',
] as const

/** Finds a list that is of another type. */
export function findWrongList(metadata: ServerMetadata): string | undefined {
  return lists.find(name => metadata[name] !== undefined && !isListOf(isText)(metadata[name]))
}

/** The names of which a provider lists one if it has this response mode. For the code flow, `jwt` is another name of `query.jwt` (JARM §2.3.4). */
export function listedNames(responseMode: string): readonly string[] {
  return responseMode === 'jwt' ? ['jwt', 'query.jwt'] : [responseMode]
}

/** What a provider says that it supports. `undefined` where it does not say. */
interface Support {
  readonly responseModes: readonly string[]
  readonly authenticationMethods: readonly string[] | undefined
  readonly offersRefreshTokens: boolean | undefined
  readonly hasFrontchannelLogout: boolean
}

/**
 * Reads what a provider says that it supports. One that lists no response modes has query and fragment (OAuth 2.0 Multiple Response
 * Type Encoding Practices §2.1).
 */
export function readSupport(metadata: ProviderMetadata): Support {
  return {
    responseModes: metadata.response_modes_supported ?? ['query', 'fragment'],
    authenticationMethods: metadata.token_endpoint_auth_methods_supported,
    offersRefreshTokens: metadata.scopes_supported?.includes('offline_access'),
    hasFrontchannelLogout: metadata['frontchannel_logout_supported'] === true,
  }
}

/** Reads what `doctor` asks of a provider's configuration, or of the option `endpoints`. Neither is checked yet. */
export function readConfiguration(document: JsonObject): {
  readonly authorizationEndpoint: unknown
  readonly registrationEndpoint: unknown
  readonly sendsLogoutTokens: boolean
} {
  return {
    authorizationEndpoint: document['authorization_endpoint'],
    registrationEndpoint: document['registration_endpoint'],
    sendsLogoutTokens: document['backchannel_logout_supported'] === true,
  }
}
