import type { Attributes } from '@opentelemetry/api'
import type { OidcEvents } from '../vocabulary/events.ts'
import { isObject } from '../vocabulary/json.ts'

/**
 * Every event, and whether it tells how the operation ended in which it is published. What is not in this list is in no metric and
 * no span.
 */
export const outcomes: Readonly<Record<keyof OidcEvents, boolean>> = {
  'provider.discovered': false,
  'provider.failed': false,
  'client.registered': true,
  'client.reused': false,
  'client.updated': false,
  'client.rotated': true,
  'client.replaced': false,
  'client.healed': false,
  'client.deleted': false,
  'client.failed': false,
  'login.started': true,
  'login.restarted': true,
  'login.silent-failed': true,
  'login.completed': true,
  'hook.failed': false,
  'userinfo.failed': false,
  'tokens.refreshed': true,
  'tokens.failed': true,
  'request.failed': false,
  'revocation.failed': false,
  'logout.received': true,
  'login.ended': false,
  'logout.completed': false,
}

/** The members of events that spans show. Never what identifies a user, a session or a login. */
const shownMembers: Readonly<Record<string, string>> = {
  clientId: 'oidc.client.id',
  generation: 'oidc.client.generation',
  way: 'oidc.rotation.way',
  channel: 'oidc.logout.channel',
  by: 'oidc.logout.by',
  endedLogins: 'oidc.logout.ended_logins',
}

/** What a span shows of an event that was published while it ran. */
export function attributesOfEvent(name: keyof OidcEvents, event: object): Attributes {
  const attributes: Attributes = { 'oidc.outcome': name }
  for (const [member, value] of Object.entries(event)) {
    const shown = shownMembers[member]
    if (shown !== undefined && (typeof value === 'string' || typeof value === 'number'))
      attributes[shown] = value
  }
  return attributes
}

/** The provider, as the semantic conventions name the other side of a call. */
export function attributesOfIssuer(issuer: string): Attributes {
  if (!URL.canParse(issuer)) return { 'oidc.issuer': issuer } // a template for the issuers of tenants
  const { hostname, port, protocol } = new URL(issuer)
  return {
    'oidc.issuer': issuer,
    'server.address': hostname,
    'server.port': Number(port) || (protocol === 'http:' ? 80 : 443),
  }
}

/** What a span shows of a failure. Its message may hold the provider's own words, so it stays in the log. */
export function attributesOfError(error: unknown): Attributes {
  const attributes: Attributes = { 'error.type': errorType(error) }
  if (!isObject(error)) return attributes
  const { reference, clientId, error: providerError } = error
  if (typeof reference === 'string') attributes['oidc.error.reference'] = reference
  if (typeof clientId === 'string') attributes['oidc.client.id'] = clientId
  if (isErrorCode(providerError)) attributes['oidc.provider.error'] = providerError
  return attributes
}

/** The library's code for a failure, otherwise the name of the error: both are from short lists. */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER'
  const code = isObject(error) ? error['code'] : undefined
  return typeof code === 'string' && code.startsWith('ERR_OIDC_') ? code : error.name
}

/** Error codes of OAuth look like `invalid_grant`. Anyone can send the callback another text. */
function isErrorCode(text: unknown): text is string {
  return typeof text === 'string' && /^[a-z_]{1,40}$/.test(text)
}
