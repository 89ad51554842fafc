import type { Tenants } from './issuer-template.ts'

/** How the assertions of a client are made, whichever client it is. */
export interface AssertionRules {
  /** `undefined` leaves it to what is known of the provider. */
  readonly audience: 'issuer' | 'token_endpoint' | undefined
  /** Milliseconds after which an assertion expires. */
  readonly lifetime: number
}

/** The options that say where a provider is, and what it must offer. No caller can leave one out. */
export interface DiscoveryOptions {
  readonly issuer: string
  /** Where the document is, if not below the issuer. */
  readonly discoveryUrl: string | undefined
  /** Who may sign in, where the issuer is a template. */
  readonly tenants: Tenants | undefined
  readonly allowInsecureIssuer: boolean
  /** Single members that replace discovered ones, such as an internal `registration_endpoint`. */
  readonly endpoints: Readonly<Record<string, string>>
  /** Whether the app always pushes its authorization requests. */
  readonly pushedAuthorizationRequests: boolean
  /** How the app accepts access tokens, if it does. */
  readonly bearer: { readonly introspection: 'opaque' | 'always' | 'never' } | undefined
  /** The client that was made by hand, if there is one: the app does not register itself then. */
  readonly client: object | undefined
  readonly revokeOnLogout: boolean
  /** Milliseconds by which the clocks of this machine and of the provider may differ. */
  readonly clockTolerance: number
  /** How the assertions of this app's clients are made. */
  readonly clientAssertions: AssertionRules
}
