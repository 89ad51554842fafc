import type { ServerMetadata } from 'openid-client'
import type { JsonObject } from '../../vocabulary/json.ts'
import type { DiscoveryOptions } from '../metadata/discovery-options.ts'
import { isConfidential } from '../requests/confidential-url.ts'

/** The addresses that the option `endpoints` can replace. */
export const endpointNames = [
  'authorization_endpoint',
  'token_endpoint',
  'userinfo_endpoint',
  'jwks_uri',
  'registration_endpoint',
  'end_session_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'pushed_authorization_request_endpoint',
] as const

/** Refuses the provider's configuration. */
export type Reject = (problem: string) => never

type Problem = string | undefined

/** The options that say which endpoints an app uses. */
type EndpointUses = Pick<
  DiscoveryOptions,
  'bearer' | 'client' | 'logoutRequest' | 'pushedAuthorizationRequests' | 'revokeOnLogout'
>

/**
 * Leaves out discovered addresses that are wrong and that this app does not need, so that they neither stop a start nor are
 * ever requested. One that the options name is always checked.
 */
export function withoutUnused(metadata: JsonObject, options: DiscoveryOptions): JsonObject {
  const used = new Set([...usedEndpoints(metadata, options), ...Object.keys(options.endpoints)])
  const isDropped = (name: string, value: unknown): boolean =>
    isEndpoint(name) && !used.has(name) && problemOf(name, value, options) !== undefined
  return Object.fromEntries(Object.entries(metadata).filter(([name, value]) => !isDropped(name, value)))
}

/** OpenID Connect Discovery 1.0 §3: required endpoints are present, and all that are left use https. */
export function verifyEndpoints(metadata: ServerMetadata, options: DiscoveryOptions, reject: Reject): void {
  for (const name of requiredEndpoints(metadata, options)) {
    if (metadata[name] === undefined) reject(`${name} is missing.`)
  }
  for (const [name, value] of Object.entries(metadata)) {
    const problem = isEndpoint(name) ? problemOf(name, value, options) : undefined
    if (problem !== undefined) reject(problem)
  }
}

function isEndpoint(name: string): boolean {
  return name.endsWith('_endpoint') || name === 'jwks_uri'
}

/** Blames the options for what comes from there. */
function problemOf(
  member: string,
  value: unknown,
  { allowInsecureIssuer, endpoints }: DiscoveryOptions,
): Problem {
  const name = Object.hasOwn(endpoints, member) ? `options.endpoints.${member}` : member
  if (typeof value !== 'string' || !URL.canParse(value)) return `${name} is not a URL.`
  const url = new URL(value)
  if (isConfidential(url) || (allowInsecureIssuer && url.protocol === 'http:')) return undefined
  return `${name} does not use https (${url.origin}). For http inside a cluster set options.allowInsecureIssuer.`
}

function requiredEndpoints(
  metadata: JsonObject,
  { bearer, pushedAuthorizationRequests }: EndpointUses,
): readonly string[] {
  const pushes = pushedAuthorizationRequests || metadata['require_pushed_authorization_requests'] === true
  return [
    'token_endpoint',
    'jwks_uri',
    ...(bearer?.introspection === 'always' ? ['introspection_endpoint'] : []),
    ...(bearer?.tokensOnly ? [] : ['authorization_endpoint']),
    ...(pushes && !bearer?.tokensOnly ? ['pushed_authorization_request_endpoint'] : []),
  ]
}

/** The endpoints that an app with these options uses. */
export function usedEndpoints(metadata: JsonObject, options: EndpointUses): readonly string[] {
  const { bearer, client, logoutRequest, revokeOnLogout } = options
  return [
    ...requiredEndpoints(metadata, options),
    ...(client ? [] : ['registration_endpoint']),
    ...(bearer?.introspection === 'opaque' ? ['introspection_endpoint'] : []),
    ...(bearer?.tokensOnly ? [] : ['userinfo_endpoint']),
    ...(bearer?.tokensOnly || logoutRequest === false ? [] : ['end_session_endpoint']),
    ...(bearer?.tokensOnly || !revokeOnLogout ? [] : ['revocation_endpoint']),
  ]
}
