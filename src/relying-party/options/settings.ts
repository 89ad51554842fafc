import { createHash } from 'node:crypto'
import { isLoopback } from '../../protocol/provider/confidential-url.ts'
import { readClientMetadata } from '../../protocol/registration/client-metadata-rules.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { type FailureLog, failureLog } from './failure-log.ts'
import type { GuardAnswers, LoginHooks } from './hooks.ts'
import { logOnce } from './log-once.ts'
import { optionTable, type ParsedOptions } from './option-table.ts'
import type { RelyingPartyOptions } from './options.ts'
import { type Environment, type Parser, parseMembers } from './parser.ts'
import { verifyTogether } from './verify-together.ts'

/** The options after parsing: complete, checked and frozen. Requests use only these. Durations are in milliseconds. */
export interface Settings extends Omit<ParsedOptions, 'name' | keyof GuardAnswers | keyof LoginHooks> {
  readonly name: string
  /** Whether browsers reach the app over https, so that cookies can be `Secure`. */
  readonly secure: boolean
  /** Whether the provider runs on this machine, as a developer's does: it may forget its clients as often as it likes. */
  readonly isProviderLocal: boolean
  readonly clientName: string
  readonly redirectUri: string
  /** A digest of issuer and redirect URI: distinguishes this relying party from others that the same browser uses. */
  readonly digest: string
  /** Registered at the provider. `undefined` if the route is off. */
  readonly postLogoutRedirectUri: string | undefined
  /** Logs a sentence, but only the first time. */
  readonly logOnce: (sentence: string) => void
  /** Logs failures of requests, and counts their repeats. */
  readonly failures: FailureLog
  /** Registered at the provider. `undefined` if the route is off. */
  readonly backchannelLogoutUri: string | undefined
  readonly frontchannelLogoutUri: string | undefined
  readonly answers: GuardAnswers
  readonly hooks: LoginHooks
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
  const options = parseMembers(optionTable, { ...fromEnvironment(environment, code), ...code })
  verifyTogether(options)
  const { acceptLogin, onLogin, onLogout, onUnauthenticated, onForbidden, ...others } = options
  return Object.freeze({
    ...others,
    ...addressesOf(options),
    pushedAuthorizationRequests:
      options.pushedAuthorizationRequests || readClientMetadata(options.metadata).requiresPushedRequests,
    logOnce: logOnce(options.log),
    failures: failureLog(options.log),
    name: options.name ?? 'default',
    secure: options.baseUrl.startsWith('https:'),
    isProviderLocal: isLoopback(new URL(options.issuer)),
    answers: Object.freeze({ onUnauthenticated, onForbidden }) as GuardAnswers,
    hooks: Object.freeze({ acceptLogin, onLogin, onLogout }) as LoginHooks,
  })
}

function addressesOf({ issuer, baseUrl, routes, metadata }: ParsedOptions) {
  const { clientName, backchannelLogoutUri, frontchannelLogoutUri } = readClientMetadata(metadata)
  const addressOf = (chosen: string | null | undefined, path: string | undefined): string | undefined =>
    chosen === null ? undefined : (chosen ?? below(baseUrl, path))
  const redirectUri = baseUrl + routes.callback
  return {
    clientName: clientName ?? new URL(baseUrl).host,
    redirectUri,
    digest: createHash('sha256').update(`${issuer}\n${redirectUri}`).digest('base64url').slice(0, 8),
    postLogoutRedirectUri: below(baseUrl, routes.logoutCallback),
    backchannelLogoutUri: addressOf(backchannelLogoutUri, routes.backchannelLogout),
    frontchannelLogoutUri: addressOf(frontchannelLogoutUri, routes.frontchannelLogout),
  }
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
