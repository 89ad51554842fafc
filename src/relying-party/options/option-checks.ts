import { namesKeys } from '../../protocol/registration/client-metadata-rules.ts'
import { ownParameters } from '../../protocol/sign-in/authorization.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { isTimeout, timeoutRule } from '../../vocabulary/timeout.ts'
import { suggest } from './option-names.ts'
import {
  type Check,
  isFlag,
  isFunction,
  isLog,
  isMap,
  isMapping,
  isNames,
  isPath,
  isPositive,
  isSessionStore,
  isStore,
  isText,
  isTextList,
  isTextMap,
  isUnauthenticatedAnswer,
  isUserInfo,
  oneOf,
} from './option-types.ts'
import type { CommonOptions, RelyingPartyOptions, StaticClientOptions } from './options.ts'

const checks: Readonly<
  Record<keyof CommonOptions | keyof StaticClientOptions, Check | Readonly<Record<string, Check>>>
> = {
  issuer: isText,
  baseUrl: isText,
  scope: isText,
  name: isText,
  client: {
    clientId: isText,
    clientSecret: isText,
    privateKey: isMap,
    authenticationMethod: oneOf('client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'),
  },
  initialAccessToken: isText,
  metadata: isMap,
  store: isStore,
  routes: {
    login: isPath,
    callback: isText,
    logout: isPath,
    logoutCallback: isText,
    initiateLogin: isPath,
    backchannelLogout: isPath,
    frontchannelLogout: isPath,
  },
  sessionStore: isSessionStore,
  strictLogoutTokens: isFlag,
  responseMode: oneOf('query', 'form_post'),
  logoutRequest: oneOf('redirect', 'form'),
  revokeOnLogout: isFlag,
  authorizationParameters: isTextMap,
  userInfo: isUserInfo,
  userInfoFailure: oneOf('required', 'best-effort'),
  pushedAuthorizationRequests: isFlag,
  bearer: {
    audience: isNames,
    introspection: oneOf('opaque', 'always', 'never'),
    allowUntypedTokens: isFlag,
    tokensOnly: isFlag,
  },
  apiOrigins: isTextList,
  endpoints: isTextMap,
  allowInsecureIssuer: isFlag,
  absoluteLifetime: isPositive,
  rotateEvery: value => (value === false ? undefined : isPositive(value)),
  rereadEvery: value =>
    isPositive(value) ?? (Number(value) > 86_400 ? 'must be a number above 0, at most a day' : undefined),
  providerTimeout: value => (isTimeout(value) ? undefined : timeoutRule),
  start: oneOf('immediately', 'first-use'),
  fetch: isFunction,
  log: isLog,
  onError: isFunction,
  onLogoutConfirmation: isFunction,
  acceptLogin: isFunction,
  onLogin: isFunction,
  onLogout: isFunction,
  onUnauthenticated: isUnauthenticatedAnswer,
  onForbidden: isFunction,
}

/** Refuses unknown names and wrong types. */
export function verifyOptions(options: object): RelyingPartyOptions {
  verifyMembers(options, checks, '')
  const verified = options as RelyingPartyOptions
  if (verified.client) verifyStaticClient(verified)
  verifyAuthorizationParameters(verified.authorizationParameters ?? {})
  if (verified.authorizationParameters?.['prompt'] === 'none') {
    throw optionError(
      'authorizationParameters.prompt',
      'must not be none for every sign-in: nobody could sign in. Use attemptSilentLogin()',
    )
  }
  if (namesKeys(verified.metadata ?? {})) {
    throw optionError(
      'metadata',
      'must have neither jwks nor jwks_uri: the keys of this app are made and rotated by itself',
    )
  }
  return verified
}

/** A client that was made by hand has the credentials of one method, and is not registered. */
function verifyStaticClient(options: RelyingPartyOptions): void {
  const { clientId, clientSecret, privateKey, authenticationMethod: method } = options.client ?? {}
  const surplus = (['initialAccessToken', 'metadata'] as const).find(name => options[name] !== undefined)
  if (!clientId) throw optionError('client.clientId', 'is required')
  if (surplus)
    throw optionError(surplus, 'is for an app that registers itself: leave out either it or options.client')
  if (clientSecret !== undefined && privateKey !== undefined)
    throw optionError('client', 'must hold a secret or a private key, not both')
  const fitting = privateKey ? /^private_key_jwt$/ : clientSecret ? /^client_secret_/ : /^none$/
  if (method === undefined || fitting.test(method)) return
  throw optionError(
    'client.authenticationMethod',
    'must fit the credentials: client_secret_basic or client_secret_post to a secret, private_key_jwt to a privateKey, none to neither',
  )
}

/** Refuses parameters of an authorization request that this library sets itself. */
export function verifyAuthorizationParameters(parameters: Readonly<Record<string, string>>): void {
  const own = Object.keys(parameters).find(name => ownParameters.has(name))
  if (own !== undefined)
    throw optionError(`authorizationParameters.${own}`, 'is set by the library itself: leave it out')
}

function verifyMembers(object: object, rules: Readonly<Record<string, unknown>>, prefix: string): void {
  for (const [name, value] of Object.entries(object)) {
    const path = prefix + name
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined
    if (rule === undefined)
      throw optionError(path, `is not an option${suggest(name, Object.keys(rules), prefix)}`)
    if (value === undefined) continue
    if (typeof rule === 'function') {
      const broken = (rule as Check)(value)
      if (broken) throw optionError(path, broken)
      continue
    }
    if (!isMapping(value)) throw optionError(path, 'must be an object')
    verifyMembers(value, rule as Readonly<Record<string, unknown>>, `${path}.`)
  }
}

/** The error for an option. Says the path and the rule, never the value: it may be a secret. */
export function optionError(path: string, rule: string): OidcError {
  return new OidcError('ERR_OIDC_INVALID_OPTION', {
    message: `options.${path} ${rule}.`.replace(/\?\.$/, '?'),
  })
}
