import { signsRequests } from '../../protocol/client-authentication/request-object.ts'
import { keyAlgorithmsOf } from '../../protocol/keys/encryption-algorithms.ts'
import { isTemplate } from '../../protocol/metadata/issuer-template.ts'
import { findResponseMember } from '../../protocol/provider/response-algorithms.ts'
import { readClientMetadata } from '../../protocol/registration/read-client-metadata.ts'
import { isConfidential } from '../../protocol/requests/confidential-url.ts'
import type { StaticClient } from './client-options.ts'
import { optionError } from './option-error.ts'
import type { ParsedOptions } from './option-table.ts'
import { verifyRegistered } from './parse-client.ts'
import { verifyProfile } from './profile-options.ts'

/** Checks the rules about combinations of options. */
export function verifyTogether(options: ParsedOptions): void {
  verifyTemplate(options)
  if (!options.allowInsecureIssuer) verifyConfidential(options)
  if (options.name === undefined && options.store.shared)
    throw optionError('name', 'is required with a shared store, to distinguish this app from others')
  if (options.partitionedCookies && !options.baseUrl.every(url => url.startsWith('https:')))
    throw optionError(
      'partitionedCookies',
      'needs a baseUrl with https: browsers refuse such cookies over http',
    )
  verifyMetadata(options)
  verifyProfile(options)
  if (isTemplate(options.issuer)) verifyWithoutTenant(options)
  verifyResponses(options)
  verifySigning(options)
  if (options.client) verifyStatic(options.client, options)
  else verifyRegistrable(options)
  verifyServedKeys(options)
}

/** An issuer that is a template stands for every tenant of the provider, so the app must say which ones it means. */
function verifyTemplate(options: ParsedOptions): void {
  const { issuer, discoveryUrl, tenants } = options
  if (!isTemplate(issuer)) {
    if (tenants) throw optionError('tenants', 'is only for an issuer with a placeholder for the tenant')
    return
  }
  if (discoveryUrl === undefined)
    throw optionError('discoveryUrl', 'is required, because the issuer has a placeholder for the tenant')
  if (!tenants)
    throw optionError(
      'tenants',
      'is required: without it, users of every tenant of the provider could sign in',
    )
}

/** What is not bound to a tenant, or names the issuer before the tenant is known. */
function verifyWithoutTenant({ bearer, metadata, responseMode }: ParsedOptions): void {
  const refuse = (path: string, rule: string, reason = ''): never => {
    throw optionError(path, `${rule} with an issuer that has a placeholder for the tenant${reason}`)
  }
  if (keyAlgorithmsOf(metadata).length > 0) refuse('metadata', 'cannot ask for encrypted responses')
  if (signsRequests(metadata))
    refuse('metadata', 'cannot ask for signed requests', ', because a signed request names the issuer')
  if (responseMode.endsWith('jwt')) refuse('responseMode', 'must be query or form_post')
  if (bearer && bearer.introspection !== 'never')
    refuse(
      'bearer.introspection',
      'must be never',
      ', because an answer need not say whose token it is about',
    )
}

function verifyConfidential({ issuer, discoveryUrl, endpoints }: ParsedOptions): void {
  if (!isConfidential(new URL(issuer)))
    throw optionError(
      'issuer',
      'must use https, because http shows every login to the network. For http inside a cluster set options.allowInsecureIssuer',
    )
  const addresses = [
    ...(discoveryUrl === undefined ? [] : [['discoveryUrl', discoveryUrl] as const]),
    ...Object.entries(endpoints).map(([name, url]) => [`endpoints.${name}`, url] as const),
  ]
  const exposed = addresses.find(([, url]) => !isConfidential(new URL(url)))
  if (exposed)
    throw optionError(exposed[0], 'must use https. For http inside a cluster set options.allowInsecureIssuer')
}

function verifyServedKeys({ routes, bearer, client }: ParsedOptions): void {
  if (routes.jwks === undefined) return
  if (bearer?.tokensOnly)
    throw optionError('routes.jwks', 'cannot be used with options.bearer.tokensOnly, which has no routes')
  if (client && !client.privateKey && !client.decryptionKeys)
    throw optionError(
      'routes.jwks',
      'needs a key to serve: set options.client.privateKey or options.client.decryptionKeys, or leave it out',
    )
}

function verifyStatic(client: StaticClient, { initialAccessToken, metadata }: ParsedOptions): void {
  if (initialAccessToken !== undefined)
    throw optionError(
      'initialAccessToken',
      'is for an app that registers itself: remove it, or remove options.client',
    )
  verifyRegistered(client, metadata)
}

/** In other response modes, the provider neither signs nor encrypts its responses, and an app that counts on it would accept plain ones. */
function verifyResponses({ responseMode, metadata }: ParsedOptions): void {
  const member = responseMode.endsWith('jwt') ? undefined : findResponseMember(metadata)
  if (member !== undefined)
    throw optionError(`metadata.${member}`, "needs options.responseMode: 'jwt' or 'form_post.jwt'")
}

/** One key signs the assertions and the requests of a client. */
function verifySigning({ client, metadata }: ParsedOptions): void {
  const { assertionAlgorithm, requestAlgorithm } = readClientMetadata(metadata)
  if (!signsRequests(metadata)) return
  if (client && !client.privateKey)
    throw optionError(
      'client.privateKey',
      'is required, because options.metadata says that requests are signed',
    )
  const other = client?.privateKey?.alg ?? assertionAlgorithm
  if (requestAlgorithm && other && requestAlgorithm !== other)
    throw optionError(
      'metadata.request_object_signing_alg',
      'must be the algorithm of the assertions, because one key signs both',
    )
}

/** Only the app's `fetch` knows its certificate. */
function verifyRegistrable({ metadata }: ParsedOptions): void {
  if (readClientMetadata(metadata).authenticationMethod === 'self_signed_tls_client_auth')
    throw optionError(
      'metadata.token_endpoint_auth_method',
      'must not be self_signed_tls_client_auth, because the app cannot register its certificate: register a client by hand, and set options.client',
    )
}

/** What a client is registered with must leave room for what its sign-ins and sign-outs use. */
function verifyMetadata({ baseUrl, routes, scope, metadata }: ParsedOptions): void {
  const scopes = scope.split(' ')
  const needs = (
    member: string,
    given: readonly string[] | null | undefined,
    needed: readonly string[],
    reason: string,
  ): void => {
    const missing = needed.find(value => given && !given.includes(value))
    if (missing !== undefined)
      throw optionError(`metadata.${member}`, `must contain ${missing}, ${reason}, or be left out`)
  }
  const { redirectUris, postLogoutRedirectUris, grantTypes, scope: registered } = readClientMetadata(metadata)
  const below = (path: string | undefined) => (path === undefined ? [] : baseUrl.map(base => base + path))
  const callbacks = 'which is options.baseUrl followed by options.routes.callback'
  needs('redirect_uris', redirectUris, below(routes.callback), callbacks)
  const endings = 'which is options.baseUrl followed by options.routes.logoutCallback'
  needs('post_logout_redirect_uris', postLogoutRedirectUris, below(routes.logoutCallback), endings)
  const named = scopes.filter(value => value !== 'openid') // Keycloak does not register it
  needs('scope', registered?.split(/\s+/), named, 'which options.scope asks for')
  const refresh = scopes.includes('offline_access') ? ['refresh_token'] : []
  needs('grant_types', grantTypes, refresh, 'because options.scope has offline_access')
}
