import { channel } from 'node:diagnostics_channel'

/**
 * Lists the events and their members. Each is published on the `node:diagnostics_channel` named `express-oidc-rp:` plus the
 * event's name, so that logs, metrics and traces attach without a dependency. No event contains a secret.
 *
 * @example
 * ```ts
 * import { subscribe } from 'node:diagnostics_channel'
 * import type { OidcEvents } from 'express-oidc-rp'
 *
 * subscribe('express-oidc-rp:login.completed', event => {
 *   const { clientId, loginId } = event as OidcEvents['login.completed']
 *   console.log(`Login ${loginId} with client ${clientId}`)
 * })
 * ```
 */
export interface OidcEvents {
  /** The provider's configuration was read: for the first time, after a failure, or because it has changed. */
  'provider.discovered': { readonly issuer: string }
  /**
   * Discovery or registration failed, or the configuration could not be read again: then the one that was read before stays in use.
   * `retryIn`: seconds until the next attempt.
   */
  'provider.failed': { readonly issuer: string; readonly error: Error; readonly retryIn: number }
  /** The app registered itself at the provider. `name` is the option `name`, here and below. */
  'client.registered': { readonly issuer: string; readonly clientId: string; readonly name: string }
  /** The app started with the client of its record, without a registration. */
  'client.reused': { readonly issuer: string; readonly clientId: string; readonly name: string }
  /** The registration was changed to match the options. */
  'client.updated': { readonly issuer: string; readonly clientId: string; readonly name: string }
  /** The credentials were rotated. `way` is `keys`, `secret` or `replacement`, as `rotate()` returns it. */
  'client.rotated': {
    readonly issuer: string
    readonly clientId: string
    readonly name: string
    readonly way: string
  }
  /** New sign-ins use another client; the one before serves its sessions until they end. */
  'client.replaced': { readonly issuer: string; readonly clientId: string; readonly name: string }
  /** A client that the provider refused was repaired, or the app registered again. */
  'client.healed': { readonly issuer: string; readonly clientId: string; readonly name: string }
  /** A client was deleted at the provider. */
  'client.deleted': { readonly issuer: string; readonly clientId: string; readonly name: string }
  /** An attempt to maintain the registration failed. It is repeated. */
  'client.failed': { readonly issuer: string; readonly name: string; readonly error: Error }
  /** A browser was sent to the provider to sign in. `generation` numbers the credentials of the client, here and below. */
  'login.started': { readonly issuer: string; readonly clientId: string; readonly generation: number }
  /** A sign-in that could not be completed was started again automatically. `reason` says why, for a log. */
  'login.restarted': { readonly issuer: string; readonly reason: string }
  /** A silent sign-in signed nobody in, usually because the user has no session at the provider. */
  'login.silent-failed': { readonly issuer: string; readonly error: Error }
  /** A user signed in. */
  'login.completed': {
    readonly issuer: string
    readonly clientId: string
    readonly loginId: string
    readonly generation: number
  }
  /** The app's `onLogin` or `onLogout` failed. `error` is what it threw. */
  'hook.failed': { readonly issuer: string; readonly hook: string; readonly error: Error }
  /** UserInfo could not be fetched, and the request continued without it. */
  'userinfo.failed': { readonly issuer: string; readonly clientId: string; readonly error: Error }
  /** An access token was renewed. */
  'tokens.refreshed': {
    readonly issuer: string
    readonly clientId: string
    readonly loginId: string
    readonly generation: number
  }
  /** The provider did not renew an access token. */
  'tokens.failed': {
    readonly issuer: string
    readonly clientId: string
    readonly loginId: string
    readonly error: Error
  }
  /** A request ended with an error from this library. */
  'request.failed': { readonly issuer: string; readonly error: Error }
  /** A sign-out could not revoke its tokens at the provider. */
  'revocation.failed': { readonly issuer: string; readonly loginId: string; readonly error: Error }
  /** The provider ended one of its sessions, or all of a user's sessions. `duration`: seconds that it took to end the logins. */
  'logout.received': {
    readonly issuer: string
    readonly channel: 'back' | 'front'
    readonly by: 'sid' | 'sub'
    readonly endedLogins: number
    readonly duration: number
  }
  /** A login was ended, for whatever reason. Not published for a login that expires. */
  'login.ended': { readonly issuer: string; readonly loginId: string }
  /** A user signed out in this app. `loginId` is `undefined` if nobody was signed in. */
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
