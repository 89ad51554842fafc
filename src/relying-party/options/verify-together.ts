import { isConfidential } from '../../protocol/provider/confidential-url.ts'
import { isTemplate } from '../../protocol/provider/issuer-template.ts'
import { isObject } from '../../vocabulary/json.ts'
import { optionError } from './option-error.ts'
import type { ParsedOptions } from './option-table.ts'

/** Checks the rules about combinations of options. */
export function verifyTogether(options: ParsedOptions): void {
  verifyTemplate(options)
  if (!options.allowInsecureIssuer) verifyConfidential(options)
  if (options.name === undefined && options.store.shared)
    throw optionError('name', 'is required with a shared store, to distinguish this app from others')
  if (options.client) verifyStatic(options)
  else verifyMetadata(options)
}

/** An issuer that is a template stands for every tenant of the provider, so the app must say which ones it means. */
function verifyTemplate({ issuer, discoveryUrl, tenants, bearer }: ParsedOptions): void {
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
  if (bearer)
    throw optionError('bearer', 'cannot be used with an issuer that has a placeholder for the tenant')
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

function verifyStatic({ initialAccessToken, metadata }: ParsedOptions): void {
  const hasMetadata = Object.keys(metadata).length > 0
  const surplus = initialAccessToken !== undefined ? 'initialAccessToken' : hasMetadata && 'metadata'
  if (surplus)
    throw optionError(surplus, 'is for an app that registers itself: remove it, or remove options.client')
}

/** What an app adds to its registration must leave room for what its sign-ins and sign-outs use. */
function verifyMetadata({ baseUrl, routes, scope, metadata }: ParsedOptions): void {
  const scopes = scope.split(' ')
  const needs = (member: string, given: unknown, needed: readonly string[], reason: string): void => {
    const missing = Array.isArray(given) ? needed.find(value => !given.includes(value)) : undefined
    if (missing !== undefined)
      throw optionError(`metadata.${member}`, `must contain ${missing}, ${reason}, or be left out`)
  }
  if (!isObject(metadata)) return
  const callbacks = 'which is options.baseUrl followed by options.routes.callback'
  needs('redirect_uris', metadata['redirect_uris'], [baseUrl + routes.callback], callbacks)
  const returns = routes.logoutCallback === undefined ? [] : [baseUrl + routes.logoutCallback]
  const endings = 'which is options.baseUrl followed by options.routes.logoutCallback'
  needs('post_logout_redirect_uris', metadata['post_logout_redirect_uris'], returns, endings)
  const registered = typeof metadata['scope'] === 'string' ? metadata['scope'].split(/\s+/) : undefined
  const named = scopes.filter(value => value !== 'openid') // Keycloak does not register it
  needs('scope', registered, named, 'which options.scope asks for')
  const refresh = scopes.includes('offline_access') ? ['refresh_token'] : []
  needs('grant_types', metadata['grant_types'], refresh, 'because options.scope has offline_access')
}
