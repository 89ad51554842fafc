import type { RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import type { Profile } from '../../vocabulary/profile.ts'
import type { ProofKeys } from '../keys/proof-keys.ts'
import type { Tenants } from './issuer-template.ts'
import type { TrustedAudiences } from './trusted-audiences.ts'

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
  /** Other audiences that the tokens of this app may name. */
  readonly trustedAudiences: TrustedAudiences
  /** Additional parameters of each request to the token endpoint. */
  readonly tokenEndpointParameters: Readonly<Record<string, string>>
  readonly allowInsecureIssuer: boolean
  /** Single members that replace discovered ones, such as an internal `registration_endpoint`. */
  readonly endpoints: Readonly<Record<string, string>>
  readonly profile: Profile | undefined
  /** What the client is registered with, as far as the options say. */
  readonly metadata: RequestedMetadata
  /** How the provider is asked to send the response to a sign-in. */
  readonly responseMode: string
  /** Whether the app always pushes its authorization requests. */
  readonly pushedAuthorizationRequests: boolean
  /** How the app accepts access tokens, if it does. */
  readonly bearer:
    | { readonly introspection: 'opaque' | 'always' | 'never'; readonly tokensOnly: boolean }
    | undefined
  /** The client that was made by hand, if there is one: the app does not register itself then. */
  readonly client: object | undefined
  readonly revokeOnLogout: boolean
  /** How users are sent to the provider to sign out; `false` if they are not, unless the app says so for a single sign-out. */
  readonly logoutRequest: string | false
  /** Milliseconds by which the clocks of this machine and of the provider may differ. */
  readonly clockTolerance: number
  /** How the assertions of this app's clients are made. */
  readonly clientAssertions: AssertionRules
  /** Whether the app wants access tokens that are bound to a key of its own (RFC 9449). */
  readonly dpopBoundAccessTokens: boolean
  /** The keys for that; `undefined` where nobody signs in. */
  readonly proofKeys: ProofKeys | undefined
}
