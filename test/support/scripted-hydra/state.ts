import type { JWK } from 'jose'
import type { KeyRing } from '../scripted-provider/key-ring.ts'
import type { HydraError } from './errors.ts'

/** A registered client, with what Hydra itself keeps as a hash: its secret and its registration access token. */
export interface HydraClient {
  [member: string]: unknown
  readonly client_id: string
  client_secret?: string | undefined
  /** Absent once an administrator has changed the client (Hydra facts §2.5). */
  registration_access_token?: string | undefined
  metadata: unknown
  redirect_uris: unknown
  post_logout_redirect_uris?: unknown
  grant_types: unknown
  response_types: unknown
  scope: unknown
  token_endpoint_auth_method?: unknown
  token_endpoint_auth_signing_alg?: unknown
  userinfo_signed_response_alg?: unknown
  backchannel_logout_uri?: unknown
  frontchannel_logout_uri?: unknown
  jwks: unknown
  jwks_uri?: unknown
}

/** What the consent app says about the user: the subject, and claims for `session.id_token`. */
export interface HydraUser {
  [claim: string]: unknown
  sub: string
}

/** A login that Hydra remembers by a cookie, and the clients that were signed in to with it. */
export interface LoginSession {
  readonly sid: string
  readonly user: HydraUser
  readonly authTime: number
  readonly clients: Set<string>
}

/** What codes and tokens stand for. Everything of it dies together. */
export interface Grant {
  readonly clientId: string
  readonly redirectUri: string
  readonly codeChallenge: string | null
  readonly scope: string
  readonly audience: readonly string[]
  readonly nonce: string | null
  readonly acrValues: string | null
  readonly session: LoginSession
  /** Hydra facts §1.7: the claims are frozen at consent. */
  readonly claims: Readonly<Record<string, unknown>>
  readonly requestedAt: number
  /** Hydra facts §3.3: the header of the ID token is kept with the session. */
  readonly kid: unknown
  isRevoked: boolean
}

/** A code or refresh token: used ones are remembered, because a second use has consequences. */
interface OneUse {
  readonly grant: Grant
  isUsed: boolean
}

/** A sign-in that waits at the login or consent page. */
export interface Flow {
  /** The parameters of the authorization request. */
  readonly query: string
  readonly clientId: string
  readonly csrf: string
  readonly session: LoginSession
  readonly claims: Readonly<Record<string, unknown>>
  readonly scope: string
  /** What the page said instead of yes. */
  readonly denial?: HydraError
}

/** One logout token and what became of it. */
export interface Delivery {
  readonly clientId: string
  readonly uri: string
  readonly token: string
  /** A status for each try, or `unreachable`. */
  readonly answers: (number | 'unreachable')[]
}

/** What a test can change. */
export interface HydraKnobs {
  /** The user whom Hydra signs in. */
  user: HydraUser
  /** Hydra facts §1.1: two switches that know nothing of each other; `advertised` is a URL, or `true` for the right one. */
  registration: { enabled: boolean; advertised: boolean | string }
  /** Shows a login page instead of signing in at once, so that two sign-ins can overlap (Hydra facts §4). */
  asksUser: boolean
  /** Nobody is remembered for `prompt=none` (Hydra facts §4). */
  loginRequired: boolean
  /** So many refreshes lose against a concurrent one (Hydra facts §4). */
  refreshConflicts: number
  /** Seconds by which Hydra's clock is ahead of this machine's; negative if it is behind. */
  clockAhead: number
  /** Whose behavior it is where two releases differ (Hydra facts §9). */
  version: '2.3.0' | '26.2.0'
  /** Milliseconds that the first answers of discovery and of the keys each take (Hydra facts §9). */
  slowFirstKeys: number
  /** Milliseconds before the second and the third try to deliver a logout token (Hydra facts §3.5). */
  retryWaits: readonly number[]
}

/** Everything the endpoints share. */
export interface HydraState extends HydraKnobs {
  readonly issuer: string
  readonly keyRing: KeyRing
  /** The published keys, the newest first. */
  readonly keys: readonly JWK[]
  readonly clients: Map<string, HydraClient>
  /** Hydra facts §2.6: secrets that were replaced and still work. */
  readonly rotatedSecrets: Map<string, string[]>
  /** Hydra facts §2.6: keys of `jwks_uri`, refetched for an unknown `kid`. */
  readonly clientKeys: Map<string, JWK[]>
  readonly usedAssertions: Set<string>
  readonly sessions: Map<string, LoginSession>
  readonly codes: Map<string, OneUse>
  readonly accessTokens: Map<string, Grant>
  readonly refreshTokens: Map<string, OneUse>
  /** Sign-ins and sign-outs under way, by challenge or verifier. */
  readonly flows: Map<string, Flow>
  readonly logouts: Map<string, { readonly sid: string; readonly target: string }>
  readonly deliveries: Delivery[]
  /** The keys that were made already: each on the first request that needs it. */
  readonly madeKeys: Set<'ID token' | 'access token'>
  /** Ends with the process: Hydra keeps no queue of logout tokens (Hydra facts §3.5). */
  process: AbortController
}

function usualKnobs(): HydraKnobs {
  return {
    user: { sub: 'user-1', name: 'Una User', email: 'una@example.test' },
    registration: { enabled: true, advertised: false },
    asksUser: false,
    loginRequired: false,
    refreshConflicts: 0,
    clockAhead: 0,
    version: '26.2.0',
    slowFirstKeys: 0,
    retryWaits: [1000, 2000],
  }
}

export function initialState(issuer: string, keyRing: KeyRing, knobs: Partial<HydraKnobs>): HydraState {
  return {
    ...usualKnobs(),
    ...knobs,
    issuer,
    keyRing,
    get keys() {
      return keyRing.published
    },
    clients: new Map(),
    rotatedSecrets: new Map(),
    clientKeys: new Map(),
    usedAssertions: new Set(),
    sessions: new Map(),
    codes: new Map(),
    accessTokens: new Map(),
    refreshTokens: new Map(),
    flows: new Map(),
    logouts: new Map(),
    deliveries: [],
    madeKeys: new Set(),
    process: new AbortController(),
  }
}

/** A list of strings, whatever came in. */
export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(member => typeof member === 'string') : []
}

/** What time it is by Hydra's clock. */
export function timeOf({ clockAhead }: Pick<HydraState, 'clockAhead'>): Date {
  return new Date(Date.now() + clockAhead * 1000)
}

/** The same, in whole seconds since 1970. */
export function secondsOf(state: Pick<HydraState, 'clockAhead'>): number {
  return Math.floor(timeOf(state).getTime() / 1000)
}
