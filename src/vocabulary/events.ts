import { channel } from 'node:diagnostics_channel'

/**
 * Notable events, each on the `node:diagnostics_channel` named `express-oidc-rp:` plus the event's name, so that logs,
 * metrics and traces attach without a dependency. No event contains a secret.
 */
export interface OidcEvents {
  'provider.discovered': { readonly issuer: string }
  /** `retryIn` is in seconds. */
  'provider.failed': { readonly issuer: string; readonly error: Error; readonly retryIn: number }
  'client.registered': { readonly issuer: string; readonly clientId: string; readonly name: string }
  'client.reused': { readonly issuer: string; readonly clientId: string; readonly name: string }
  'client.updated': { readonly issuer: string; readonly clientId: string; readonly name: string }
  'client.rotated': {
    readonly issuer: string
    readonly clientId: string
    readonly name: string
    readonly way: string
  }
  'client.replaced': { readonly issuer: string; readonly clientId: string; readonly name: string }
  'client.healed': { readonly issuer: string; readonly clientId: string; readonly name: string }
  'client.deleted': { readonly issuer: string; readonly clientId: string; readonly name: string }
  'client.failed': { readonly issuer: string; readonly name: string; readonly error: Error }
  'login.started': { readonly issuer: string; readonly clientId: string }
  'login.restarted': { readonly issuer: string; readonly reason: string }
  'login.silent-failed': { readonly issuer: string; readonly error: Error }
  'login.completed': { readonly issuer: string; readonly clientId: string; readonly loginId: string }
  /** `error` is what the app's hook threw. */
  'hook.failed': { readonly issuer: string; readonly hook: string; readonly error: Error }
  'userinfo.failed': { readonly issuer: string; readonly clientId: string; readonly error: Error }
  'tokens.refreshed': { readonly issuer: string; readonly clientId: string; readonly loginId: string }
  'tokens.failed': {
    readonly issuer: string
    readonly clientId: string
    readonly loginId: string
    readonly error: Error
  }
  'request.failed': { readonly issuer: string; readonly error: Error }
  'revocation.failed': { readonly issuer: string; readonly loginId: string; readonly error: Error }
  /** The provider ended one of its sessions, or all of a user's sessions. `duration` is in seconds. */
  'logout.received': {
    readonly issuer: string
    readonly channel: 'back' | 'front'
    readonly by: 'sid' | 'sub'
    readonly endedLogins: number
    readonly duration: number
  }
  'login.ended': { readonly issuer: string; readonly loginId: string }
  'logout.completed': { readonly issuer: string; readonly loginId: string | undefined }
}

/**
 * Publishes an event to all subscribers.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel'
 * subscribe('express-oidc-rp:login.completed', event => console.log(event))
 * ```
 */
export function publish<Name extends keyof OidcEvents>(name: Name, event: OidcEvents[Name]): void {
  channel(`express-oidc-rp:${name}`).publish(event)
}
