import { isConfidential } from '../../protocol/provider/confidential-url.ts'
import type { Store } from '../../stores/store.ts'
import { optionError } from './option-checks.ts'
import type { RelyingPartyOptions } from './options.ts'

/** Paths below the mount. `undefined` where a route is off. */
export interface Routes {
  readonly login: string | undefined
  readonly callback: string
  readonly logout: string | undefined
  readonly logoutCallback: string
  readonly initiateLogin: string | undefined
  readonly backchannelLogout: string | undefined
  readonly frontchannelLogout: string | undefined
}

/** When the UserInfo is got, and whether a user can do without. */
export interface UserInfoSettings {
  readonly atLogin: boolean
  /** Milliseconds after which it is got again; `undefined` for never. */
  readonly every: number | undefined
  readonly isRequired: boolean
}

/** How access tokens are taken. */
export interface BearerSettings {
  /** At least one. */
  readonly audience: readonly string[]
  readonly introspection: 'opaque' | 'always' | 'never'
  readonly allowUntypedTokens: boolean
  readonly tokensOnly: boolean
}

export function parseIssuer(issuer: string | undefined, allowInsecure: boolean): string {
  const url = parseUrl('issuer', issuer, 'ISSUER_BASE_URL')
  if (!isConfidential(url) && !allowInsecure) {
    throw optionError(
      'issuer',
      `must use https, because http shows every login to the network. For http inside a cluster set options.allowInsecureIssuer`,
    )
  }
  return String(issuer)
}

export function parseBaseUrl(baseUrl: string | undefined): string {
  const url = parseUrl('baseUrl', baseUrl, 'BASE_URL')
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
    if (/[?#]/.test(value)) throw optionError(option, 'must have neither a query nor a fragment')
    return url
  }
  throw optionError(option, `must be an absolute URL such as https://app.example`)
}

/** An access token is sent to whoever is named here, so each must be exactly one origin. */
export function parseApiOrigins(origins: readonly string[] = []): readonly string[] {
  const parsed = origins.map(origin => {
    const url = URL.canParse(origin) ? new URL(origin) : undefined
    const isOrigin = url && [url.origin, `${url.origin}/`].includes(origin) && !origin.includes('*')
    if (isOrigin && isConfidential(url)) return url.origin
    throw optionError(
      'apiOrigins',
      'must hold origins alone, with https, such as https://api.example; http is for localhost alone',
    )
  })
  return Object.freeze(parsed)
}

export function parseScope(scope = 'openid profile email'): string {
  const values = [...new Set(scope.split(/\s+/).filter(Boolean))]
  if (values.includes('openid')) return values.join(' ')
  throw optionError(
    'scope',
    'must contain openid: without it there is no sign-in (OpenID Connect Core 1.0 §3.1.2.1)',
  )
}

export function parseName(name: string | undefined, store: Store): string {
  if (name === undefined && store.shared) {
    throw optionError('name', 'is required with a shared store, where it tells this app from the others')
  }
  if (name !== undefined && !/^[\w.-]{1,64}$/.test(name))
    throw optionError('name', 'must be 1 to 64 letters, digits, dots, hyphens or underscores')
  return name ?? 'default'
}

export function parseRoutes(routes: RelyingPartyOptions['routes'] = {}): Routes {
  const optional = (path: string | false | undefined, usual: string): string | undefined =>
    path === false ? undefined : (path ?? usual)
  const parsed = {
    login: optional(routes.login, '/login'),
    callback: routes.callback ?? '/callback',
    logout: optional(routes.logout, '/logout'),
    logoutCallback: routes.logoutCallback ?? '/logout/callback',
    initiateLogin: optional(routes.initiateLogin, '/initiate-login'),
    backchannelLogout: optional(routes.backchannelLogout, '/backchannel-logout'),
    frontchannelLogout: optional(routes.frontchannelLogout, '/frontchannel-logout'),
  }
  const paths = Object.entries(parsed).filter(([, path]) => path !== undefined)
  for (const [route, path] of paths) {
    if (!isRoutePath(String(path)))
      throw optionError(`routes.${route}`, 'must be a path that begins with a slash')
    if (paths.some(([other, same]) => other !== route && same === path))
      throw optionError(`routes.${route}`, 'must differ from every other route')
  }
  return Object.freeze(parsed)
}

/** OpenID Connect Back-Channel Logout 1.0 §2.2: absolute, without fragment. The provider may be in the same private network. */
export function parseBackchannelLogoutUri(uri: unknown): string | undefined {
  if (uri === undefined) return undefined
  if (typeof uri === 'string' && URL.canParse(uri) && !uri.includes('#')) {
    const { protocol, username, password } = new URL(uri)
    if (/^https?:$/.test(protocol) && !username && !password) return uri
  }
  throw optionError(
    'metadata.backchannel_logout_uri',
    'must be an absolute http or https URL without a fragment, a user name or a password',
  )
}

/** A path that a URL parser leaves as it is. */
function isRoutePath(path: string): boolean {
  return /^(\/[\w.~-]+)+$/.test(path) && !/\/\.{1,2}(\/|$)/.test(path)
}

export function parseBearer(given: RelyingPartyOptions['bearer']): BearerSettings | undefined {
  if (given === undefined) return undefined
  const { introspection = 'opaque', allowUntypedTokens = false, tokensOnly = false } = given
  if (given.audience === undefined)
    throw optionError(
      'bearer.audience',
      'is required: without it a token for any other API would be taken (RFC 9068 §4)',
    )
  const audience = Object.freeze([given.audience].flat())
  return Object.freeze({ audience, introspection, allowUntypedTokens, tokensOnly })
}

export function parseUserInfo(
  when: RelyingPartyOptions['userInfo'] = 'at-login',
  failure: RelyingPartyOptions['userInfoFailure'] = 'required',
): UserInfoSettings {
  return Object.freeze({
    atLogin: when !== 'lazily',
    every: typeof when === 'object' ? when.every * 1_000 : undefined,
    isRequired: failure === 'required',
  })
}
