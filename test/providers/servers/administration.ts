import type { RelyingPartyOptions } from '../../../src/index.ts'

/**
 * What the tests do to a provider behind the app's back, over its own admin API where it has one. A provider has those that
 * it can do; the matrix says why it lacks the others.
 */
export interface Administration {
  /** The ids of the clients that registered under this name, as the provider counts them. */
  clientsNamed(name: string): Promise<readonly string[]>
  deleteClient(clientId: string): Promise<void>
  disableClient(clientId: string): Promise<void>
  /** Replaces the client's secret by one that the app does not know. */
  changeSecret(clientId: string): Promise<void>
  /** Replaces the client's keys by some that the app does not have. */
  changeKeys(clientId: string): Promise<void>
  voidRegistrationToken(clientId: string): Promise<void>
  switchRegistration(isOn: boolean): Promise<void>
  /** Asks users for their consent to this client, where the provider would not. */
  askConsent(clientId: string): Promise<void>
  /** Gives the client access tokens that an API can verify. */
  issueTokens(clientId: string, tokens: ApiTokens): Promise<void>
  /** Lets apps ask for the class of authentication `gold`, which takes the password again. */
  offerClasses(): Promise<void>
  /** Lets access tokens of this client live 4 seconds. */
  shortenTokens(clientId: string): Promise<void>
  /** Ends this provider session, as an administrator does. */
  endSession(sid: string): Promise<void>
  /** Signs with a new key. */
  rotateKeys(): Promise<void>
  /** Goes away and comes back at the same address with the same data. */
  restart(): Promise<void>
  /** Goes away and comes back at the same address with empty data. */
  wipe(): Promise<void>
}

/** Access tokens for an API. */
export interface ApiTokens {
  readonly format: 'jwt' | 'opaque'
  readonly audience: string
  /** The client that the API is, which introspects them. */
  readonly apiClient: string
}

/** What an app needs to know to be a client here. */
export interface ProviderAddress {
  readonly issuer: string
  /** Options beside `issuer` that a usual app has at this provider. JSON only. */
  readonly options: Pick<RelyingPartyOptions, 'scope' | 'endpoints' | 'metadata'> & {
    readonly initialAccessToken?: string
  }
  /** Where opaque access tokens are introspected, if discovery does not say it. */
  readonly introspectionEndpoint?: string
}

/** A provider that runs. */
export interface ProviderServer extends ProviderAddress {
  readonly administration: Partial<Administration>
  readonly close: () => Promise<void>
}

/**
 * What a provider is for: many flows at the same time, one flow that changes all of it, or one flow that needs data that
 * outlive the process.
 */
export type Purpose = 'shared' | 'own' | 'durable'

/** Starts a provider with empty data. */
export type StartProvider = (purpose: Purpose) => Promise<ProviderServer>
