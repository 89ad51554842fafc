import { createHash } from 'node:crypto'
import type { Fetch } from '../../protocol/provider/bounded-fetch.ts'
import { readClientMetadata } from '../../protocol/registration/client-metadata-rules.ts'
import { embeddedStore } from '../../stores/embedded-store.ts'
import { guardStore } from '../../stores/guarded-store.ts'
import type { Store } from '../../stores/store.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { ClientMetadata } from '../../vocabulary/oauth2-client.ts'
import type { GuardAnswers, LoginHooks } from './hooks.ts'
import { verifyOptions } from './option-checks.ts'
import type { RelyingPartyOptions, SessionStore, StaticClient } from './options.ts'
import {
  type BearerSettings,
  parseApiOrigins,
  parseBackchannelLogoutUri,
  parseBaseUrl,
  parseBearer,
  parseIssuer,
  parseName,
  parseRoutes,
  parseScope,
  parseUserInfo,
  type Routes,
  type UserInfoSettings,
} from './parse-options.ts'

/** The options, parsed once: complete, checked and frozen. Request code sees nothing else. */
export interface Settings {
  readonly issuer: string
  /** The public URL without a slash at its end. */
  readonly baseUrl: string
  /** Whether browsers reach the app by https, so that cookies can be `Secure`. */
  readonly secure: boolean
  readonly scope: string
  readonly name: string
  readonly clientName: string
  readonly client: StaticClient | undefined
  readonly initialAccessToken: string | undefined
  readonly metadata: ClientMetadata
  readonly store: Store
  readonly routes: Routes
  readonly redirectUri: string
  /** Tells this relying party from another one that the same browser uses: a digest of issuer and redirect URI. */
  readonly digest: string
  readonly postLogoutRedirectUri: string
  /** What is registered, where the routes are on. */
  readonly backchannelLogoutUri: string | undefined
  readonly frontchannelLogoutUri: string | undefined
  readonly sessionStore: SessionStore | undefined
  readonly strictLogoutTokens: boolean
  readonly responseMode: 'query' | 'form_post'
  readonly logoutRequest: 'redirect' | 'form'
  readonly revokeOnLogout: boolean
  readonly authorizationParameters: Readonly<Record<string, string>>
  readonly apiOrigins: readonly string[]
  readonly userInfo: UserInfoSettings
  readonly pushedAuthorizationRequests: boolean
  readonly bearer: BearerSettings | undefined
  readonly endpoints: Readonly<Record<string, string>>
  readonly allowInsecureIssuer: boolean
  /** Milliseconds. */
  readonly absoluteLifetime: number
  /** Milliseconds; `undefined` for never. */
  readonly rotateEvery: number | undefined
  /** Milliseconds. */
  readonly rereadEvery: number
  /** Milliseconds. */
  readonly providerTimeout: number
  readonly start: 'immediately' | 'first-use'
  readonly fetch: Fetch
  readonly log: (sentence: string) => void
  readonly onError: RelyingPartyOptions['onError']
  readonly onLogoutConfirmation: RelyingPartyOptions['onLogoutConfirmation']
  readonly answers: GuardAnswers
  readonly hooks: LoginHooks
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Parses the options, taking from the environment what the code does not say.
 *
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, naming the option, the rule and the mend.
 */
export function buildSettings(given: RelyingPartyOptions, environment: Environment): Settings {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new OidcError('ERR_OIDC_INVALID_OPTION', { message: 'options must be an object.' })
  }
  const options = verifyOptions({
    ...fromEnvironment(environment, given.client !== undefined),
    ...withoutUndefined(given),
  })
  const allowInsecureIssuer = options.allowInsecureIssuer ?? false
  const issuer = parseIssuer(options.issuer, allowInsecureIssuer)
  const baseUrl = parseBaseUrl(options.baseUrl)
  const routes = parseRoutes(options.routes)
  const redirectUri = baseUrl + routes.callback
  const asked = readClientMetadata(options.metadata ?? {})
  const store = guardStore(options.store ?? embeddedStore(environment['OIDC_STORE'] || undefined))
  return Object.freeze({
    issuer,
    baseUrl,
    secure: baseUrl.startsWith('https:'),
    scope: parseScope(options.scope),
    name: parseName(options.name, store),
    clientName: asked.clientName ?? new URL(baseUrl).host,
    client: options.client && Object.freeze(structuredClone(options.client)),
    initialAccessToken: options.initialAccessToken,
    metadata: Object.freeze(structuredClone(options.metadata ?? {})),
    store,
    routes,
    redirectUri,
    digest: createHash('sha256').update(`${issuer}\n${redirectUri}`).digest('base64url').slice(0, 8),
    postLogoutRedirectUri: baseUrl + routes.logoutCallback,
    backchannelLogoutUri:
      parseBackchannelLogoutUri(asked.backchannelLogoutUri) ?? below(baseUrl, routes.backchannelLogout),
    frontchannelLogoutUri: below(baseUrl, routes.frontchannelLogout),
    sessionStore: options.sessionStore,
    strictLogoutTokens: options.strictLogoutTokens ?? false,
    responseMode: options.responseMode ?? 'query',
    logoutRequest: options.logoutRequest ?? 'redirect',
    revokeOnLogout: options.revokeOnLogout ?? false,
    authorizationParameters: Object.freeze({ ...options.authorizationParameters }),
    apiOrigins: parseApiOrigins(options.apiOrigins),
    userInfo: parseUserInfo(options.userInfo, options.userInfoFailure),
    pushedAuthorizationRequests: options.pushedAuthorizationRequests ?? false,
    bearer: parseBearer(options.bearer),
    endpoints: Object.freeze({ ...options.endpoints }),
    allowInsecureIssuer,
    absoluteLifetime: (options.absoluteLifetime ?? 8 * 60 * 60) * 1_000,
    rotateEvery:
      options.rotateEvery === false ? undefined : (options.rotateEvery ?? 90 * 24 * 60 * 60) * 1_000,
    rereadEvery: (options.rereadEvery ?? 30) * 1_000,
    providerTimeout: (options.providerTimeout ?? 5) * 1_000,
    start: options.start ?? 'immediately',
    fetch: (options.fetch ?? globalThis.fetch) as Fetch,
    log: buildLog(options.log ?? (sentence => console.log(`[express-oidc-rp] ${sentence}`))),
    onError: options.onError,
    onLogoutConfirmation: options.onLogoutConfirmation,
    answers: Object.freeze({
      onUnauthenticated: options.onUnauthenticated,
      onForbidden: options.onForbidden,
    }) as GuardAnswers,
    hooks: Object.freeze({
      acceptLogin: options.acceptLogin,
      onLogin: options.onLogin,
      onLogout: options.onLogout,
    }) as LoginHooks,
  })
}

function below(baseUrl: string, path: string | undefined): string | undefined {
  return path === undefined ? undefined : baseUrl + path
}

/** The names are those that users of express-openid-connect know, where it has one. */
function fromEnvironment(environment: Environment, hasClient: boolean): object {
  const clientId = environment['CLIENT_ID']
  const clientSecret = environment['CLIENT_SECRET']
  return withoutUndefined({
    issuer: environment['ISSUER_BASE_URL'],
    baseUrl: environment['BASE_URL'],
    scope: environment['OIDC_SCOPE'] || undefined,
    name: environment['OIDC_NAME'] || undefined,
    initialAccessToken: hasClient ? undefined : environment['OIDC_INITIAL_ACCESS_TOKEN'] || undefined,
    client: clientId ? { clientId, ...(clientSecret ? { clientSecret } : {}) } : undefined,
  })
}

/** A log of the app that fails must not fail what it was told about. */
function buildLog(log: NonNullable<RelyingPartyOptions['log']>): Settings['log'] {
  if (log === false) return () => undefined
  return sentence => {
    try {
      log(sentence)
    } catch (error) {
      process.emitWarning(`options.log threw: ${error instanceof Error ? error.message : 'no Error'}`)
    }
  }
}

/** `undefined` means the same as absent. */
function withoutUndefined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
