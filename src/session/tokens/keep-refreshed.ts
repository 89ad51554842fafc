import { setTimeout as sleep } from 'node:timers/promises'
import { refreshEndsAccessTokens } from '../../protocol/metadata/quirks.ts'
import type { Connection } from '../../protocol/provider/connection.ts'
import type { RefreshedTokens } from '../../protocol/tokens/refresh.ts'
import { revokeTokens } from '../../protocol/tokens/revocation.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { outpaced } from '../../stores/compare-and-set.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { Login } from '../login/login.ts'
import { type AccessToken, readTokens, replaceTokens, type Tokens } from '../login/token-record.ts'
import type { WantedToken } from './access-token-request.ts'

/** What a refresh was made with, and its result. */
interface DoneRefresh {
  readonly wanted: WantedToken
  readonly connection: Connection
  readonly refreshToken: string
  readonly refreshed: RefreshedTokens
}

/** How often storing is tried, and milliseconds before the second attempt, which then double: the tokens cannot be fetched again. */
const TRIES = 6
const FIRST_PAUSE = 100

/**
 * Stores the result of a refresh. A sign-out that came first wins: then the new tokens are revoked. A store that is unavailable,
 * or in which other writers come first, is tried again, because the previous refresh token may be used up.
 *
 * @throws {@link OidcError} `ERR_OIDC_UNAUTHENTICATED` if the login has ended, `ERR_OIDC_STORE_UNAVAILABLE`.
 */
export async function keepRefreshed(settings: Settings, login: Login, done: DoneRefresh): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      if (await tryToKeep(settings, login, done)) return
      if (tries === TRIES) throw outpaced(settings.store)
    } catch (error) {
      if (tries === TRIES || !isUnavailable(error)) throw error
    }
    await sleep(FIRST_PAUSE * 2 ** (tries - 1), undefined, { ref: false })
  }
}

const isUnavailable = (error: unknown): boolean =>
  error instanceof OidcError && error.code === 'ERR_OIDC_STORE_UNAVAILABLE'

/** Returns `false` if another writer came first. */
async function tryToKeep(settings: Settings, login: Login, done: DoneRefresh): Promise<boolean> {
  const { connection, refreshToken, refreshed } = done
  const stored = await readTokens(settings, login)
  if (!stored) {
    const { accessToken, refreshToken: newest = refreshToken } = refreshed
    await revokeTokens(connection, { refreshToken: newest, accessToken }).catch(() => undefined) // otherwise they expire
    throw new OidcError('ERR_OIDC_UNAUTHENTICATED')
  }
  if (stored.tokens.refreshToken !== refreshToken) return true // stored already, by a write whose answer was lost or by another process
  return (
    (await replaceTokens(settings, login, withRefreshed(stored.tokens, done), stored.version)) !== undefined
  )
}

function withRefreshed(
  { attempt: _, narrowed = {}, ...tokens }: Tokens,
  { wanted, connection, refreshToken, refreshed }: DoneRefresh,
): Tokens {
  const { accessToken, jkt, obtainedAt, expiresAt } = refreshed
  const scope = refreshed.scope ?? wanted.parameters.scope ?? tokens.scope
  const token: AccessToken = { accessToken, jkt, obtainedAt, expiresAt, scope }
  const endsOthers = refreshEndsAccessTokens(connection.metadata)
  const newest = {
    ...tokens,
    refreshToken: refreshed.refreshToken ?? refreshToken,
    idToken: refreshed.idToken ?? tokens.idToken,
    narrowed: endsOthers ? {} : withoutExpired(narrowed),
  }
  if (wanted.key === '') return { ...newest, ...token }
  const whole = endsOthers ? { expiresAt: obtainedAt } : {}
  return { ...newest, ...whole, narrowed: { ...newest.narrowed, [wanted.key]: token } }
}

function withoutExpired(narrowed: Readonly<Record<string, AccessToken>>): Record<string, AccessToken> {
  const now = Date.now()
  return Object.fromEntries(
    Object.entries(narrowed).filter(([, { expiresAt }]) => expiresAt === undefined || expiresAt > now),
  )
}
