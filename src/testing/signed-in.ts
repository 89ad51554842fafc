import type { Request, RequestHandler, Response } from 'express'
import { type IdTokenClaims, OidcError, type RequestOidc } from '../index.ts'
import { refuseProduction } from './availability.ts'

/** Claims of a user in a test. */
export interface TestClaims {
  /** The user. Default `test-user`. */
  readonly sub?: string
  /** Any other claim. */
  readonly [claim: string]: unknown
}

/** Options of {@link signedIn}. */
export interface SignedInOptions {
  /** The granted scope, separated by spaces. Default `openid profile email`. */
  readonly scope?: string
  /** The access token. Default `test-access-token`; `false` for a login whose access token has expired. */
  readonly accessToken?: string | false
}

const issuer = 'https://provider.test'
const baseUrl = 'https://app.test'
const known: readonly string[] = ['scope', 'accessToken']

/**
 * Makes a middleware that replaces `relyingParty()` in a unit test: `req` looks as it does after a login, without a provider,
 * a session or a network. The claims are also those of the ID token, so `acr`, `amr`, `vot` and `auth_time` work with the guards; by
 * default the user has just authenticated. `login()` and `logout()` redirect to `https://provider.test/login` and `/logout`, with
 * their arguments in the query.
 *
 * @example
 * ```ts
 * import { signedIn } from 'express-oidc-rp/testing'
 *
 * const admin = express().use(signedIn({ sub: '1', roles: ['admin'] }))
 * admin.get('/admin', requireClaims({ roles: 'admin' }), (req, res) => res.json(req.user))
 * ```
 * @throws {@link OidcError} `ERR_OIDC_TESTING_UNAVAILABLE` in production, `ERR_OIDC_INVALID_OPTION`.
 */
export function signedIn(claims: TestClaims = {}, options: SignedInOptions = {}): RequestHandler {
  refuseProduction('signedIn')
  verifyOptions(options)
  const { scope = 'openid profile email', accessToken = 'test-access-token' } = options
  return function signedIn(req, res, next) {
    const idToken = buildIdToken(claims)
    req.user = Object.freeze({ iss: issuer, ...claims, sub: idToken.sub })
    req.oidc = buildOidc(req, res, { claims: idToken, scope, accessToken })
    next()
  }
}

/**
 * Makes a middleware that replaces `relyingParty()` in a unit test, with nobody signed in.
 *
 * @example
 * ```ts
 * import { signedOut } from 'express-oidc-rp/testing'
 *
 * app.use(signedOut())
 * ```
 * @throws {@link OidcError} `ERR_OIDC_TESTING_UNAVAILABLE` in production.
 */
export function signedOut(): RequestHandler {
  refuseProduction('signedOut')
  return function signedOut(req, res, next) {
    req.user = undefined
    req.oidc = buildOidc(req, res, { claims: undefined, scope: undefined, accessToken: false })
    next()
  }
}

function verifyOptions(options: SignedInOptions): void {
  if (typeof options !== 'object' || options === null)
    throw new OidcError('ERR_OIDC_INVALID_OPTION', { message: 'signedIn: the options must be an object.' })
  const unknown = Object.keys(options).find(name => !known.includes(name))
  if (unknown === undefined) return
  throw new OidcError('ERR_OIDC_INVALID_OPTION', {
    message: `signedIn: ${unknown} is not an option. The options are ${known.join(', ')}.`,
  })
}

function buildIdToken(claims: TestClaims): IdTokenClaims {
  const now = Math.floor(Date.now() / 1_000)
  const usual = { iss: issuer, aud: 'test-client', iat: now, exp: now + 3_600, auth_time: now }
  return Object.freeze({ ...usual, sub: 'test-user', ...claims })
}

interface TestLogin {
  readonly claims: IdTokenClaims | undefined
  readonly scope: string | undefined
  readonly accessToken: string | false
}

function buildOidc(req: Request, res: Response, { claims, scope, accessToken }: TestLogin): RequestOidc {
  const getAccessToken = async (): Promise<string> => {
    if (accessToken === false) throw new OidcError('ERR_OIDC_UNAUTHENTICATED')
    return accessToken
  }
  return Object.freeze<RequestOidc>({
    isAuthenticated: claims !== undefined,
    claims,
    loginId: claims && 'test-login',
    scope,
    baseUrl,
    loginUrl: `${baseUrl}/login`,
    returnPath: req.method === 'GET' || req.method === 'HEAD' ? req.originalUrl : '/',
    getAccessToken,
    async fetch(url, { minValidity: _, scope: __, resource: ___, ...request } = {}) {
      const headers = new Headers(request.headers)
      headers.set('authorization', `Bearer ${await getAccessToken()}`)
      return fetch(url, { ...request, headers, redirect: 'manual' })
    },
    async fetchUserInfo() {
      await getAccessToken()
      return { ...req.user }
    },
    login: async ({ returnTo, authorizationParameters } = {}) =>
      redirect(res, 'login', { returnTo, ...withJson(authorizationParameters) }),
    logout: async ({ logoutParameters, ...options } = {}) =>
      redirect(res, 'logout', { ...options, ...logoutParameters }),
  })
}

function redirect(res: Response, path: string, given: Readonly<Record<string, unknown>>): void {
  const query = new URLSearchParams({ returnTo: '/' })
  for (const [name, value] of Object.entries(given))
    if (['string', 'boolean'].includes(typeof value)) query.set(name, String(value))
  res.redirect(303, `${issuer}/${path}?${query.toString()}`)
}

function withJson(parameters: object = {}): Readonly<Record<string, unknown>> {
  const texts = Object.entries(parameters).map(([name, value]): [string, unknown] => [
    name,
    typeof value === 'object' ? JSON.stringify(value) : value,
  ])
  return Object.fromEntries(texts)
}
