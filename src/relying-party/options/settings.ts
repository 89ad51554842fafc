import { createHash } from 'node:crypto'
import { requestMethod } from '../../protocol/registration/client-metadata-rules.ts'
import { readClientMetadata } from '../../protocol/registration/read-client-metadata.ts'
import { isLoopback } from '../../protocol/requests/confidential-url.ts'
import type { SeenLeases } from '../../stores/lease.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { logOnce } from '../../vocabulary/log-once.ts'
import type { RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import { type Since, steadyTimes, storedTimes } from '../../vocabulary/stored-times.ts'
import { type FailureLog, failureLog } from './failure-log.ts'
import type { GuardAnswers, LoginHooks } from './hooks.ts'
import { optionTable, type ParsedOptions, withMethod } from './option-table.ts'
import type { RelyingPartyOptions } from './options.ts'
import { type Environment, type Parser, parseMembers } from './parser.ts'
import { withProfile } from './profile-options.ts'
import { type RecentErrors, recentErrors } from './recent-errors.ts'
import { startTally, type Tally } from './tally.ts'
import { verifyTogether } from './verify-together.ts'

/** The options after parsing: complete, checked and frozen. Requests use only these. Durations are in milliseconds. */
export interface Settings
  extends AppAddress,
    Omit<ParsedOptions, 'name' | 'baseUrl' | keyof GuardAnswers | keyof LoginHooks> {
  readonly name: string
  /** Every public address of the app, the main one first. */
  readonly addresses: readonly AppAddress[]
  /** Whether the provider runs on this machine, as a developer's does: it may forget its clients as often as it likes. */
  readonly isProviderLocal: boolean
  readonly clientName: string
  /** A digest of issuer and main redirect URI: distinguishes this relying party from others that the same browser uses. */
  readonly digest: string
  /** Whether the client metadata ask for access tokens that are bound to a key of the app (RFC 9449). */
  readonly dpopBoundAccessTokens: boolean
  /** Logs a sentence, but only the first time. */
  readonly logOnce: (sentence: string) => void
  readonly seenLeases: SeenLeases
  /** From when a time that was stored counts. */
  readonly since: Since
  /** The same, for what must not be over too early. */
  readonly steadySince: Since
  /** Logs failures of requests, and counts their repeats. */
  readonly failures: FailureLog
  /** The last errors of this process. */
  readonly recent: RecentErrors
  /** What this process has counted. */
  readonly tally: Tally
  /** Registered at the provider. `undefined` if the route is off. */
  readonly backchannelLogoutUri: string | undefined
  readonly frontchannelLogoutUri: string | undefined
  /** Where the provider finds the app's keys: registered in place of the keys. `undefined` if the route is off. */
  readonly jwksUri: string | undefined
  readonly answers: GuardAnswers
  readonly hooks: LoginHooks
}

/** A public address of the app, with what depends on it. Settings have those of the address that a request was sent to. */
interface AppAddress {
  readonly baseUrl: string
  /** Whether browsers reach the app over https there, so that cookies can be `Secure`. */
  readonly secure: boolean
  /** Registered at the provider. */
  readonly redirectUri: string
  /** Registered at the provider. `undefined` if the route is off. */
  readonly postLogoutRedirectUri: string | undefined
}

/** The same settings for each address of the app, the main one first. */
export function settingsAtAddresses(settings: Settings): readonly Settings[] {
  return settings.addresses.map(address => Object.freeze({ ...settings, ...address }))
}

/**
 * Parses the options, and reads those that the code leaves out from the environment.
 *
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, naming the option, the rule and the fix.
 */
export function buildSettings(given: RelyingPartyOptions, environment: Environment): Settings {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new OidcError('ERR_OIDC_INVALID_OPTION', { message: 'options must be an object.' })
  }
  const code = withoutUndefined(given)
  const all = withProfile(withMethod({ ...fromEnvironment(environment, code), ...code }, environment))
  const options = parseMembers(optionTable, all)
  verifyTogether(options)
  const { requiresPushedRequests, dpopBoundAccessTokens } = readClientMetadata(options.metadata)
  const recent = recentErrors()
  const since = storedTimes(options.log)
  const { resolveClaims, acceptLogin, onLogin, onLogout, onUnauthenticated, onForbidden, ...others } = options
  return Object.freeze({
    ...others,
    ...addressesOf(options),
    metadata: metadataOf(options),
    pushedAuthorizationRequests: options.pushedAuthorizationRequests || requiresPushedRequests,
    dpopBoundAccessTokens,
    logOnce: logOnce(options.log),
    seenLeases: new Map(),
    since,
    steadySince: steadyTimes(since),
    failures: failureLog(options.log, recent.ofRequest),
    recent,
    tally: startTally(),
    name: options.name ?? 'default',
    isProviderLocal: isLoopback(new URL(options.issuer)),
    answers: Object.freeze({ onUnauthenticated, onForbidden }) as GuardAnswers,
    hooks: Object.freeze({ resolveClaims, acceptLogin, onLogin, onLogout }) as LoginHooks,
  })
}

/** What the client is registered with, however the options say it. */
function metadataOf({ client, metadata }: ParsedOptions): RequestedMetadata {
  const { authenticationMethod: method } = client ?? {}
  return method === undefined ? metadata : Object.freeze({ ...metadata, ...requestMethod(method) })
}

function addressesOf({ issuer, baseUrl: [first, ...others], routes, metadata }: ParsedOptions) {
  const main = addressAt(first, routes)
  const { baseUrl, redirectUri } = main
  const { clientName, backchannelLogoutUri, frontchannelLogoutUri } = readClientMetadata(metadata)
  const addressOf = (chosen: string | null | undefined, path: string | undefined): string | undefined =>
    chosen === null ? undefined : (chosen ?? below(baseUrl, path))
  return {
    ...main,
    addresses: Object.freeze([main, ...others.map(other => addressAt(other, routes))]),
    clientName: clientName ?? new URL(baseUrl).host,
    digest: createHash('sha256').update(`${issuer}\n${redirectUri}`).digest('base64url').slice(0, 8),
    backchannelLogoutUri: addressOf(backchannelLogoutUri, routes.backchannelLogout),
    frontchannelLogoutUri: addressOf(frontchannelLogoutUri, routes.frontchannelLogout),
    jwksUri: below(baseUrl, routes.jwks),
  }
}

function addressAt(baseUrl: string, routes: ParsedOptions['routes']): AppAddress {
  return Object.freeze({
    baseUrl,
    secure: baseUrl.startsWith('https:'),
    redirectUri: baseUrl + routes.callback,
    postLogoutRedirectUri: below(baseUrl, routes.logoutCallback),
  })
}

function below(baseUrl: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : baseUrl + path
}

/** Reads the options that the code leaves out. */
function fromEnvironment(environment: Environment, given: object): object {
  const table: Readonly<Record<string, Parser<unknown>>> = optionTable
  const absent = Object.entries(table).filter(([name]) => !(name in given))
  return withoutUndefined(
    Object.fromEntries(absent.map(([name, { read }]) => [name, read?.(environment, given)])),
  )
}

/** Treats `undefined` as absent. */
function withoutUndefined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
