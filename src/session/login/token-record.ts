import type { TokenSet } from '../../protocol/sign-in/authorization.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { compareAndSet } from '../../stores/compare-and-set.ts'
import { readRecord } from '../../stores/stored-record.ts'
import { oidcErrorCodes } from '../../vocabulary/error-codes.ts'
import { OidcError, type OidcErrorCode } from '../../vocabulary/errors.ts'
import {
  hasMembers,
  isFlag,
  isMapOf,
  isNumber,
  isOptional,
  isText,
  isTime,
  parseStored,
} from '../../vocabulary/json.ts'
import type { Login } from './login.ts'

/** An access token as it is kept. Times are milliseconds since 1970. */
export interface AccessToken {
  readonly accessToken: string
  /** The thumbprint of the key that it is bound to (RFC 9449 §6.1). Without one, it is a bearer token. */
  readonly jkt?: string | undefined
  readonly obtainedAt: number
  /** `undefined` if the provider does not say: then the token is used until an API refuses it. */
  readonly expiresAt: number | undefined
  /** The scope that was granted. */
  readonly scope: string
}

/**
 * The tokens of a login. They never enter the session, because a request may later write back what it read there. This
 * record is the only place that holds the refresh token, so every reader gets the newest one.
 */
export interface Tokens extends AccessToken {
  readonly refreshToken: string | undefined
  /** The newest one. */
  readonly idToken: string
  /** The `nonce` of the first one, which one from a refresh must repeat if it has any (OpenID Connect Core 1.0 §12.2). */
  readonly nonce?: string
  /** Access tokens for a part of the scope or for one API, by {@link narrowingKey}. */
  readonly narrowed?: Readonly<Record<string, AccessToken>>
  /** A refresh that was started and brought no tokens, or none yet. Recorded before its request is sent. */
  readonly attempt?: RefreshAttempt
}

/** A refresh that brought no tokens. */
export interface RefreshAttempt {
  /** Whether it may have used up the refresh token. */
  readonly maySpend: boolean
  /** How it ended, and when the next one may start. */
  readonly failure?: RefreshFailure
}

/** The failure of a refresh, and the milliseconds after which the next one may start. */
export interface RefreshFailure {
  readonly code: OidcErrorCode
  readonly failedAt: number
  readonly pause: number
}

/** Tokens, and the version under which the store holds them. */
export interface StoredTokens {
  readonly tokens: Tokens
  readonly version: string
}

/** What is left of the tokens of a login that the provider has ended. */
interface EndedTokens {
  readonly isOver: true
}

const accessTokenMembers = {
  accessToken: isText,
  jkt: isOptional(isText),
  obtainedAt: isTime,
  expiresAt: isOptional(isTime),
  scope: isText,
}

const isFailure = hasMembers<RefreshFailure>({
  code: value => oidcErrorCodes.some(code => code === value),
  failedAt: isTime,
  pause: isNumber,
})

const isTokens = hasMembers<Tokens>({
  ...accessTokenMembers,
  refreshToken: isOptional(isText),
  idToken: isText,
  nonce: isOptional(isText),
  narrowed: isOptional(isMapOf(hasMembers<AccessToken>(accessTokenMembers))),
  attempt: isOptional(hasMembers<RefreshAttempt>({ maySpend: isFlag, failure: isOptional(isFailure) })),
})

const isEnded = hasMembers<EndedTokens>({ isOver: value => value === true })

const isTokenRecord = (value: unknown): value is Tokens | EndedTokens => isEnded(value) || isTokens(value)

type Named = Pick<Login, 'id'>
type Dated = Pick<Login, 'id' | 'startedAt'>

const tokensKey = (loginId: string): string => `tokens:${loginId}`

/** Stores the tokens that a login starts with. */
export async function writeTokens(settings: Settings, login: Dated, tokenSet: TokenSet): Promise<void> {
  const { claims, ...tokens } = tokenSet
  const nonce = tokens.refreshToken !== undefined && isText(claims['nonce']) && { nonce: claims['nonce'] }
  await write(settings, login, { ...tokens, ...nonce, obtainedAt: Date.now() })
}

/**
 * Replaces the tokens that were read. Returns the version of the new ones, or `undefined` if another writer came first: the
 * login may have ended.
 */
export function replaceTokens(
  settings: Settings,
  login: Dated,
  tokens: Tokens,
  ifVersion: string,
): Promise<string | undefined> {
  return write(settings, login, tokens, ifVersion)
}

/** Replaces the tokens by a note that the provider has ended the login. Returns `false` if another writer came first. */
export async function endTokens(settings: Settings, login: Dated, ifVersion: string): Promise<boolean> {
  return (await write(settings, login, { isOver: true }, ifVersion)) !== undefined
}

/**
 * Reads the tokens of a login, or `undefined` if the store no longer has them.
 *
 * @throws {@link OidcError} `ERR_OIDC_LOGIN_ENDED` if the provider has ended the login, `ERR_OIDC_STORE_CORRUPT` if they
 * are damaged.
 */
export async function readTokens(settings: Settings, login: Named): Promise<StoredTokens | undefined> {
  const stored = await readRecord(settings.store, tokensKey(login.id), isTokenRecord)
  if (!stored) return undefined
  const { record: tokens, version } = stored
  if ('isOver' in tokens) throw new OidcError('ERR_OIDC_LOGIN_ENDED')
  return { tokens, version }
}

/**
 * Takes the tokens of a login, those of a refresh that just finished too. Nobody finds them again. Damaged ones are reported
 * and deleted: they must not stop a logout.
 */
export async function takeTokens(settings: Settings, login: Named): Promise<Tokens | undefined> {
  const { store } = settings
  const key = tokensKey(login.id)
  const taken = await compareAndSet(store, async () => {
    const stored = await store.get(key)
    if (!stored) return { result: undefined }
    return (await store.delete(key, { ifVersion: stored.version })) ? { result: stored.value } : undefined
  })
  return taken === undefined ? undefined : parseTaken(settings, key, taken)
}

/** Deletes the tokens of a login, those of a refresh that just finished too. A refresh that is running cannot bring them back. */
export async function deleteTokens({ store }: Settings, login: Named): Promise<void> {
  await store.delete(tokensKey(login.id))
}

function parseTaken({ log, store }: Settings, key: string, taken: string): Tokens | undefined {
  try {
    const tokens = parseStored(taken, isTokenRecord, `The record "${key}" in ${store.location}`)
    return 'isOver' in tokens ? undefined : tokens
  } catch (error) {
    if (!(error instanceof OidcError)) throw error
    log(
      `The tokens of a login that ended were damaged, and could not be revoked at the provider. (${error.code})`,
    )
    return undefined
  }
}

/** For as long as the login can last. */
function write(
  settings: Settings,
  login: Dated,
  tokens: Tokens | EndedTokens,
  ifVersion?: string,
): Promise<string | undefined> {
  const remaining = login.startedAt + settings.absoluteLifetime - Date.now()
  const condition = ifVersion === undefined ? {} : { ifVersion }
  return settings.store.set(tokensKey(login.id), JSON.stringify(tokens), {
    lifetime: Math.max(1, remaining) / 1_000,
    ...condition,
  })
}
