import { type Fetch, isConfidential, isLoopback } from '../protocol/http.ts'
import { embeddedStore } from '../stores/embedded-store.ts'
import { guardStore } from '../stores/guarded-store.ts'
import type { Store } from '../stores/store.ts'
import type { ClientMetadata } from '../vocabulary/client-metadata.ts'
import { optionError, verifyOptions } from './option-checks.ts'
import type { RelyingPartyOptions, StaticClient } from './options.ts'

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
  readonly postLogoutRedirectUri: string
  readonly responseMode: 'query' | 'form_post'
  readonly authorizationParameters: Readonly<Record<string, string>>
  readonly endpoints: Readonly<Record<string, string>>
  readonly allowInsecureIssuer: boolean
  /** Milliseconds. */
  readonly absoluteLifetime: number
  /** Milliseconds. */
  readonly providerTimeout: number
  readonly start: 'immediately' | 'first-use'
  readonly fetch: Fetch
  readonly log: (sentence: string) => void
  readonly onError: RelyingPartyOptions['onError']
}

/** Paths below the mount. `undefined` where a route is off. */
interface Routes {
  readonly login: string | undefined
  readonly callback: string
  readonly logout: string | undefined
  readonly logoutCallback: string
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Parses the options, taking from the environment what the code does not say.
 *
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, naming the option, the rule and the mend.
 */
export function buildSettings(given: RelyingPartyOptions, environment: Environment): Settings {
  const options = verifyOptions({ ...fromEnvironment(environment), ...withoutUndefined(given) })
  const allowInsecureIssuer = options.allowInsecureIssuer ?? false
  const issuer = parseIssuer(options.issuer, allowInsecureIssuer)
  const baseUrl = parseBaseUrl(options.baseUrl)
  const routes = parseRoutes(options.routes)
  const store = guardStore(options.store ?? embeddedStore(environment['OIDC_STORE']))
  return Object.freeze({
    issuer,
    baseUrl,
    secure: baseUrl.startsWith('https:'),
    scope: parseScope(options.scope),
    name: parseName(options.name, store),
    clientName: options.clientName ?? new URL(baseUrl).host,
    client: options.client && Object.freeze({ ...options.client }),
    initialAccessToken: options.initialAccessToken,
    metadata: Object.freeze({ ...options.metadata }),
    store,
    routes,
    redirectUri: baseUrl + routes.callback,
    postLogoutRedirectUri: baseUrl + routes.logoutCallback,
    responseMode: parseResponseMode(options.responseMode, baseUrl),
    authorizationParameters: Object.freeze({ ...options.authorizationParameters }),
    endpoints: Object.freeze({ ...options.endpoints }),
    allowInsecureIssuer,
    absoluteLifetime: (options.absoluteLifetime ?? 8 * 60 * 60) * 1_000,
    providerTimeout: options.providerTimeout ?? 5_000,
    start: options.start ?? 'immediately',
    fetch: (options.fetch ?? globalThis.fetch) as Fetch,
    log:
      options.log === false
        ? () => undefined
        : (options.log ?? (sentence => console.log(`[express-oidc-rp] ${sentence}`))),
    onError: options.onError,
  })
}

/** The names are those that users of express-openid-connect know, where it has one. */
function fromEnvironment(environment: Environment): RelyingPartyOptions {
  const clientId = environment['CLIENT_ID']
  const clientSecret = environment['CLIENT_SECRET']
  return withoutUndefined({
    issuer: environment['ISSUER_BASE_URL'],
    baseUrl: environment['BASE_URL'],
    scope: environment['OIDC_SCOPE'],
    name: environment['OIDC_NAME'],
    initialAccessToken: environment['OIDC_INITIAL_ACCESS_TOKEN'],
    client: clientId ? { clientId, ...(clientSecret ? { clientSecret } : {}) } : undefined,
  }) as RelyingPartyOptions
}

/** `undefined` means the same as absent. */
function withoutUndefined(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}

function parseIssuer(issuer: string | undefined, allowInsecure: boolean): string {
  const url = parseUrl('issuer', issuer, 'ISSUER_BASE_URL')
  if (url.search || url.hash) throw optionError('issuer', 'must have neither a query nor a fragment')
  if (!isConfidential(url) && !allowInsecure) {
    throw optionError(
      'issuer',
      `must use https, because http shows every login to the network. For http inside a cluster set options.allowInsecureIssuer`,
    )
  }
  return String(issuer)
}

function parseBaseUrl(baseUrl: string | undefined): string {
  const url = parseUrl('baseUrl', baseUrl, 'BASE_URL')
  if (url.search || url.hash) throw optionError('baseUrl', 'must have neither a query nor a fragment')
  if (!isConfidential(url)) {
    throw optionError(
      'baseUrl',
      `must use https; http is for localhost alone. Behind a proxy that ends TLS, name the public https address`,
    )
  }
  return url.href.replace(/\/+$/, '')
}

function parseUrl(option: string, value: string | undefined, variable: string): URL {
  if (value === undefined || value === '')
    throw optionError(option, `is required. Set it in code, or as ${variable} in the environment`)
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (url?.protocol === 'https:' || url?.protocol === 'http:') {
    if (url.username || url.password) throw optionError(option, 'must not hold a user name or password')
    return url
  }
  throw optionError(option, `must be an absolute URL such as https://app.example`)
}

function parseScope(scope = 'openid profile email'): string {
  const values = [...new Set(scope.split(/\s+/).filter(Boolean))]
  if (values.includes('openid')) return values.join(' ')
  throw optionError(
    'scope',
    'must contain openid: without it there is no sign-in (OpenID Connect Core 1.0 §3.1.2.1)',
  )
}

function parseName(name: string | undefined, store: Store): string {
  if (name === undefined && store.shared) {
    throw optionError('name', 'is required with a shared store, where it tells this app from the others')
  }
  if (name !== undefined && !/^[\w.-]{1,64}$/.test(name))
    throw optionError('name', 'must be 1 to 64 letters, digits, dots, hyphens or underscores')
  return name ?? 'default'
}

function parseRoutes(routes: RelyingPartyOptions['routes'] = {}): Routes {
  const parsed = {
    login: routes.login === false ? undefined : (routes.login ?? '/login'),
    callback: routes.callback ?? '/callback',
    logout: routes.logout === false ? undefined : (routes.logout ?? '/logout'),
    logoutCallback: routes.logoutCallback ?? '/logout/callback',
  }
  const paths = Object.entries(parsed).filter(([, path]) => path !== undefined)
  for (const [route, path] of paths) {
    if (!/^\/[\w./~-]*$/.test(String(path)))
      throw optionError(`routes.${route}`, 'must be a path that begins with a slash')
    if (paths.some(([other, same]) => other !== route && same === path))
      throw optionError(`routes.${route}`, 'must differ from every other route')
  }
  return Object.freeze(parsed)
}

function parseResponseMode(
  mode: RelyingPartyOptions['responseMode'] = 'query',
  baseUrl: string,
): 'query' | 'form_post' {
  if (mode === 'form_post' && isLoopback(new URL(baseUrl)) && baseUrl.startsWith('http:')) {
    throw optionError(
      'responseMode',
      'form_post needs a baseUrl with https, because browsers send its cookies only there',
    )
  }
  return mode
}
