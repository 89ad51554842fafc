import type { TokenSet } from '../../protocol/sign-in/authorization.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { OidcError, type OidcErrorCode } from '../../vocabulary/errors.ts'
import type { Login } from './login.ts'

/** An access token as it is kept. Times are milliseconds since 1970. */
export interface AccessToken {
  readonly accessToken: string
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
  readonly failure?: { readonly code: OidcErrorCode; readonly retryAt: number }
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

type Named = Pick<Login, 'id'>
type Dated = Pick<Login, 'id' | 'startedAt'>

const tokensKey = (loginId: string): string => `tokens:${loginId}`

/** Stores the tokens that a login starts with. */
export async function writeTokens(settings: Settings, login: Dated, tokenSet: TokenSet): Promise<void> {
  const { claims: _, ...tokens } = tokenSet
  await write(settings, login, { ...tokens, obtainedAt: Date.now() })
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
 * @throws {@link OidcError} `ERR_OIDC_LOGIN_ENDED` if the provider has ended the login.
 */
export async function readTokens(settings: Settings, login: Named): Promise<StoredTokens | undefined> {
  const stored = await settings.store.get(tokensKey(login.id))
  if (!stored) return undefined
  const tokens = JSON.parse(stored.value) as Tokens | EndedTokens
  if ('isOver' in tokens) throw new OidcError('ERR_OIDC_LOGIN_ENDED')
  return { tokens, version: stored.version }
}

/** Takes the tokens of a login, those of a refresh that just finished too. Nobody finds them again. */
export async function takeTokens(settings: Settings, login: Named): Promise<Tokens | undefined> {
  const { store } = settings
  for (;;) {
    const stored = await store.get(tokensKey(login.id))
    if (!stored) return undefined
    if (!(await store.delete(tokensKey(login.id), { ifVersion: stored.version }))) continue
    const tokens = JSON.parse(stored.value) as Tokens | EndedTokens
    return 'isOver' in tokens ? undefined : tokens
  }
}

/** For as long as the login can last. */
function write(
  settings: Settings,
  login: Dated,
  tokens: Tokens | EndedTokens,
  ifVersion?: string,
): Promise<string | undefined> {
  const ttl = Math.max(1, login.startedAt + settings.absoluteLifetime - Date.now())
  const condition = ifVersion === undefined ? {} : { ifVersion }
  return settings.store.set(tokensKey(login.id), JSON.stringify(tokens), { ttl, ...condition })
}
