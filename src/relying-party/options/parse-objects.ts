import { isObject } from '../../vocabulary/json.ts'
import { optionError } from './option-error.ts'
import { accept, flag, isSeconds, members, oneOf, type Parsed, type Parser, withDefault } from './parser.ts'

/** Whether a value is a path that a URL parser does not change. */
function isRoutePath(value: unknown): value is string {
  return typeof value === 'string' && /^(\/[\w.~-]+)+$/.test(value) && !/\/\.{1,2}(\/|$)/.test(value)
}

const fixedRoute = (usual: string): Parser<string> =>
  withDefault(accept(isRoutePath, 'must be a path that begins with a slash'), usual)

/** `false` switches a route off; it is `undefined` in the settings. */
const route = (usual: string): Parser<string | undefined> => {
  return (value, path) => optionalRoute(value === undefined ? usual : value, path)
}

/** A route that is off unless it has a path. */
const optionalRoute: Parser<string | undefined> = (value, path) => {
  if (value === false) return undefined
  return accept(isRoutePath, 'must be a path that begins with a slash, or false')(value, path)
}

const parseRoutes = members({
  login: route('/login'),
  callback: fixedRoute('/callback'),
  logout: route('/logout'),
  logoutCallback: route('/logout/callback'),
  initiateLogin: route('/initiate-login'),
  backchannelLogout: route('/backchannel-logout'),
  frontchannelLogout: optionalRoute,
  jwks: optionalRoute,
})

/** The paths below the mount path. `undefined` for a route that is off. */
export type Routes = ReturnType<typeof parseRoutes>

export const routes: Parser<Routes> = (value, path) => {
  const parsed = parseRoutes(value, path)
  const paths = Object.entries(parsed).map(([name, at]) => [name, at?.toLowerCase()] as const)
  const mounted = paths.filter(([, at]) => at !== undefined)
  const twice = mounted.find(([name, at]) => mounted.some(([other, same]) => other !== name && same === at))
  if (twice) throw optionError(`${path}.${twice[0]}`, 'must differ from every other route')
  return parsed
}

/** When UserInfo is fetched, and whether a sign-in requires it. */
export interface UserInfoSettings {
  readonly atLogin: boolean
  /** Milliseconds after which it is fetched again; `undefined` for never. */
  readonly every: number | undefined
  readonly isRequired: boolean
}

type When = 'at-login' | 'lazily' | { readonly every: number }

const isWhen = (value: unknown): value is When =>
  value === 'at-login' ||
  value === 'lazily' ||
  (isObject(value) && Object.keys(value).join() === 'every' && isSeconds(value['every']))

const parseUserInfo = members({
  when: withDefault<When>(accept(isWhen, 'must be at-login, lazily, or { every: seconds }'), 'at-login'),
  required: withDefault<boolean>(
    accept(value => typeof value === 'boolean', 'must be true or false'),
    true,
  ),
})

export const userInfo: Parser<UserInfoSettings> = (value, path) => {
  const { when, required } = parseUserInfo(value, path)
  const every = typeof when === 'object' ? when.every * 1_000 : undefined
  return Object.freeze({ atLogin: when !== 'lazily', every, isRequired: required })
}

const parseAudience: Parser<readonly string[]> = (value, path) => {
  if (value === undefined)
    throw optionError(
      path,
      'is required: without it, tokens for any other API would be accepted (RFC 9068 §4)',
    )
  const names: readonly unknown[] = Array.isArray(value) ? value : [value]
  const isNames = (list: readonly unknown[]): list is readonly string[] =>
    list.length > 0 && list.every(name => typeof name === 'string' && name !== '')
  if (!isNames(names)) throw optionError(path, 'must be a string or an array of strings, none of them empty')
  return Object.freeze([...names])
}

/** Node.js has the names of headers in lower case. */
const header: Parser<string | undefined> = (value, path) => {
  const isName = (given: unknown): given is string =>
    typeof given === 'string' && /^[\w!#$%&'*+.^`|~-]{1,100}$/.test(given)
  return accept(isName, 'must be the name of a header, such as Client-Cert')(value, path)?.toLowerCase()
}

const bearerMembers = {
  audience: parseAudience,
  introspection: oneOf('opaque', 'always', 'never'),
  allowUntypedTokens: flag,
  tokensOnly: flag,
  clientCertificateHeader: header,
}

/** How access tokens are accepted. */
export type BearerSettings = Parsed<typeof bearerMembers>

export const bearer: Parser<BearerSettings> = members(bearerMembers)
