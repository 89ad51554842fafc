import { requestMethod } from '../../protocol/registration/client-metadata-rules.ts'
import { readClientMetadata } from '../../protocol/registration/read-client-metadata.ts'
import type { Fetch } from '../../protocol/requests/bounded-fetch.ts'
import { embeddedStore } from '../../stores/embedded-store.ts'
import { guardStore } from '../../stores/guarded-store.ts'
import { isStore, type Store } from '../../stores/store.ts'
import { oneLine } from '../../vocabulary/clean-words.ts'
import { CLOCK_TOLERANCE } from '../../vocabulary/clock-tolerance.ts'
import { isObject, isText } from '../../vocabulary/json.ts'
import { isTimeout, timeoutRule } from '../../vocabulary/timeout.ts'
import { optionError } from './option-error.ts'
import type { CommonOptions, RelyingPartyOptions, SessionStore } from './options.ts'
import { apiOrigins, baseUrls, discoveryUrl, endpoints, issuer, tenants } from './parse-addresses.ts'
import { client, clientAssertions, metadata } from './parse-client.ts'
import { logoutParameters, logoutRequest } from './parse-logout.ts'
import { bearer, routes, userInfo } from './parse-objects.ts'
import { authorizationParameters, tokenEndpointParameters } from './parse-parameters.ts'
import { callbackFields, profile, trustedAudiences } from './parse-sign-in.ts'
import {
  accept,
  type Environment,
  flag,
  func,
  isSeconds,
  oneOf,
  optional,
  orFrom,
  type Parsed,
  type Parser,
  seconds,
  text,
} from './parser.ts'

const DAY = 24 * 60 * 60

const scope: Parser<string> = (value, path) => {
  const given = accept(isText, 'must be a string, with the scopes separated by spaces')(value, path)
  const values = new Set((given ?? 'openid profile email').split(/\s+/).filter(Boolean))
  if (values.has('openid')) return [...values].join(' ')
  throw optionError(
    path,
    'must contain openid: without it there is no sign-in (OpenID Connect Core 1.0 §3.1.2.1)',
  )
}

const name: Parser<string | undefined> = (value, path) => {
  const given = text(value, path)
  if (given === undefined || /^[\w.-]{1,64}$/.test(given)) return given
  throw optionError(path, 'must be 1 to 64 letters, digits, dots, hyphens or underscores')
}

const hasFunctions = (value: unknown, names: readonly string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  names.every(name => typeof Reflect.get(value, name) === 'function')

const acceptStore = accept(
  isStore,
  'must have get, set and delete, shared and location, as memoryStore() has. For a server use redisStore(client) or postgresStore(pool)',
)

const rotateEvery: Parser<number | undefined> = (value, path) =>
  value === false ? undefined : seconds(90 * DAY)(value, path)

const rediscoverEvery: Parser<number | undefined> = (value, path) =>
  value === false ? undefined : seconds(60 * 60)(value, path)

const isRequestTime = (value: unknown): value is number => isSeconds(value) && value >= 1 && value <= 30

const isTolerance = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= 60

const isRereadTime = (value: unknown): value is number => isSeconds(value) && value <= DAY

/** If the app's log function throws, the operation that wrote the log line must not fail. */
const log: Parser<(sentence: string) => void> = (value, path) => {
  if (value === false) return () => undefined
  const isLog = (given: unknown): given is (sentence: string) => void => typeof given === 'function'
  const write = accept(isLog, 'must be a function, or false')(value, path)
  return words => {
    const sentence = oneLine(words)
    try {
      if (write) write(sentence)
      else console.log(`[express-oidc-rp] ${sentence}`)
    } catch (error) {
      process.emitWarning(`options.log threw: ${error instanceof Error ? error.message : 'no Error'}`)
    }
  }
}

function readClient(environment: Environment): object | undefined {
  const { CLIENT_ID: clientId, CLIENT_SECRET: clientSecret } = environment
  if (!clientId) return undefined
  const method = environment['OIDC_AUTHENTICATION_METHOD'] || undefined
  return {
    clientId,
    ...(clientSecret ? { clientSecret } : {}),
    ...(method ? { authenticationMethod: method } : {}),
  }
}

type GivenOptions = Readonly<Record<string, unknown>>

/**
 * Adds to the metadata how an app that registers itself authenticates, unless the code says it. A client that was made by hand has it
 * in {@link readClient}.
 */
export function withMethod(given: GivenOptions, environment: Environment): GivenOptions {
  const { client, metadata = {} } = given
  const method = environment['OIDC_AUTHENTICATION_METHOD']
  if (!method || client !== undefined || !isObject(metadata)) return given
  if (readClientMetadata(metadata).authenticationMethod !== undefined) return given
  return { ...given, metadata: { ...metadata, ...requestMethod(method) } }
}

/** With a client in the code there is no registration, so the variable is ignored. */
function readInitialAccessToken(environment: Environment, code: object): string | undefined {
  return 'client' in code ? undefined : environment['OIDC_INITIAL_ACCESS_TOKEN'] || undefined
}

function readStore({ OIDC_STORE: folder }: Environment): Store | undefined {
  return folder ? embeddedStore(folder) : undefined
}

/**
 * Every option with its environment variable, its rule and its default. Variables are named as in express-openid-connect where it
 * has the same one. `options.ts` describes the options for users.
 */
export const optionTable = {
  issuer: orFrom(environment => environment['ISSUER_BASE_URL'], issuer),
  discoveryUrl: orFrom(environment => environment['OIDC_DISCOVERY_URL'] || undefined, discoveryUrl),
  tenants: orFrom(environment => environment['OIDC_TENANTS']?.match(/\S+/g) ?? undefined, tenants),
  baseUrl: orFrom(environment => environment['BASE_URL']?.match(/\S+/g) ?? undefined, baseUrls),
  scope: orFrom(environment => environment['OIDC_SCOPE'] || undefined, scope),
  name: orFrom(environment => environment['OIDC_NAME'] || undefined, name),
  client: orFrom(readClient, optional(client)),
  initialAccessToken: orFrom(readInitialAccessToken, text),
  metadata,
  store: orFrom(readStore, (value, path) => guardStore(acceptStore(value, path) ?? embeddedStore())),
  routes,
  partitionedCookies: flag,
  sessionStore: accept(
    (value): value is SessionStore => hasFunctions(value, ['get', 'destroy']),
    'must have get and destroy, as every store of express-session has',
  ),
  strictLogoutTokens: flag,
  trustedAudiences,
  responseMode: oneOf('query', 'form_post', 'jwt', 'form_post.jwt'),
  profile,
  callbackFields,
  logoutRequest,
  logoutParameters,
  revokeOnLogout: flag,
  authorizationParameters,
  tokenEndpointParameters,
  apiOrigins,
  userInfo,
  pushedAuthorizationRequests: flag,
  bearer: optional(bearer),
  clientAssertions,
  endpoints,
  allowInsecureIssuer: flag,
  absoluteLifetime: seconds(8 * 60 * 60),
  rotateEvery,
  rediscoverEvery,
  rereadEvery: seconds(30, isRereadTime, 'must be a number of seconds above 0, at most a day'),
  requestTimeout: seconds(5, isRequestTime, 'must be a number of seconds, at least 1 and at most 30'),
  clockTolerance: seconds(
    CLOCK_TOLERANCE,
    isTolerance,
    'must be a number of seconds, at least 0 and at most 60',
  ),
  providerTimeout: seconds(5, isTimeout, timeoutRule),
  start: oneOf('immediately', 'first-use'),
  fetch: (value, path) => func<Fetch>()(value, path) ?? (globalThis.fetch as Fetch),
  log,
  onError: func<NonNullable<CommonOptions['onError']>>(),
  onLogoutConfirmation: func<NonNullable<CommonOptions['onLogoutConfirmation']>>(),
  resolveClaims: func<NonNullable<CommonOptions['resolveClaims']>>(),
  acceptLogin: func<NonNullable<CommonOptions['acceptLogin']>>(),
  onLogin: func<NonNullable<CommonOptions['onLogin']>>(),
  onLogout: func<NonNullable<CommonOptions['onLogout']>>(),
  onUnauthenticated: accept(
    (value): value is NonNullable<CommonOptions['onUnauthenticated']> =>
      value === 'challenge' || typeof value === 'function',
    "must be a function, or 'challenge'",
  ),
  onForbidden: func<NonNullable<CommonOptions['onForbidden']>>(),
} satisfies Readonly<Record<keyof RelyingPartyOptions, Parser<unknown>>>

/** The options, each checked and with its default. */
export type ParsedOptions = Parsed<typeof optionTable>
