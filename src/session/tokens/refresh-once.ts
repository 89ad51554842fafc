import type { Connection } from '../../protocol/provider/connection.ts'
import type { Fetch } from '../../protocol/requests/bounded-fetch.ts'
import type { HeldToken } from '../../protocol/tokens/protected-resource.ts'
import { type RefreshedTokens, type RefreshRequest, refreshTokens } from '../../protocol/tokens/refresh.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { nameClient, OidcError, type OidcErrorCode } from '../../vocabulary/errors.ts'
import { publish } from '../../vocabulary/events.ts'
import { traced } from '../../vocabulary/operations.ts'
import type { Login } from '../login/login.ts'
import {
  endTokens,
  type RefreshAttempt,
  type RefreshFailure,
  readTokens,
  replaceTokens,
  type StoredTokens,
  type Tokens,
} from '../login/token-record.ts'
import { endAtProvider } from '../logout/end-logins.ts'
import type { Logins } from '../logout/logins.ts'
import type { WantedToken } from './access-token-request.ts'
import { keepRefreshed } from './keep-refreshed.ts'

/** What a refresh needs of a relying party. */
export type RefreshingParty = Pick<RelyingParty, 'settings' | 'proofKeys' | 'connectAs' | 'requestAs'> & {
  readonly logins: Logins
}

/** A refresh of the tokens of a login, whose requests end with the lease. */
export interface BoundRefresh {
  readonly rp: RefreshingParty
  readonly login: Login
  readonly wanted: WantedToken
  readonly bind: (fetch: Fetch) => Fetch
}

/** Seconds until the next attempt, where the provider does not say. */
const PAUSE = 5

/**
 * Uses the refresh token once. Only under the lease. It is marked as possibly used up before it is sent, so that after a crash
 * no process takes it for valid; the new tokens are stored before they are used.
 *
 * @returns The new access token, or `undefined` if another process has changed the tokens in the meantime.
 */
export async function refreshOnce(
  refresh: BoundRefresh,
  { tokens, version }: StoredTokens,
): Promise<HeldToken | undefined> {
  const { rp, login } = refresh
  const { refreshToken, jkt, nonce, attempt } = tokens
  if (refreshToken === undefined) throw new OidcError('ERR_OIDC_UNAUTHENTICATED')
  refuseTooSoon(rp.settings, attempt)
  const connection = await rp.connectAs(login.clientId)
  if (!connection) throw clientGone()
  const marked = await replaceTokens(rp.settings, login, { ...tokens, attempt: { maySpend: true } }, version)
  if (marked === undefined) return undefined
  return traced('refresh', { issuer: login.issuer }, () =>
    useToken(refresh, connection, { refreshToken, jkt, nonce }),
  )
}

type Used = Pick<RefreshRequest, 'refreshToken' | 'jkt'> & { readonly nonce: string | undefined }

async function useToken(
  refresh: BoundRefresh,
  connection: Connection,
  used: Used,
): Promise<HeldToken | undefined> {
  const { rp, login, wanted } = refresh
  const { refreshToken } = used
  const refreshed = await send(refresh, connection, used).catch(error =>
    settleFailure(refresh, refreshToken, error),
  )
  if (!refreshed) return undefined
  await keepRefreshed(rp.settings, login, { wanted, connection, refreshToken, refreshed })
  rp.settings.tally.refreshes += 1
  publish('tokens.refreshed', { ...namesOf(login), generation: connection.generation })
  return refreshed
}

/** As the client that the login began with: the refresh token belongs to it (RFC 6749 §6). */
async function send(
  { rp, login, wanted, bind }: BoundRefresh,
  connection: Connection,
  { nonce, ...kept }: Used,
): Promise<RefreshedTokens> {
  const { parameters } = wanted
  const claims = nonce === undefined ? login.claims : { ...login.claims, nonce }
  const refreshed = await rp.requestAs(connection, async client =>
    refreshTokens(await client.bind(bind), { ...kept, parameters, claims }),
  )
  if (!refreshed) throw clientGone()
  return refreshed
}

/**
 * Records that a refresh has failed. The login ends only if the provider has refused the very token that is still stored;
 * `undefined` if another one has taken its place.
 */
async function settleFailure(
  { rp, login }: BoundRefresh,
  refreshToken: string,
  thrown: unknown,
): Promise<undefined> {
  const error =
    thrown instanceof OidcError ? thrown : new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE', { cause: thrown })
  publish('tokens.failed', { ...namesOf(login), error })
  rp.settings.failures.report(nameClient(error, login.clientId))
  const stored = await readTokens(rp.settings, login)
  if (!stored) throw new OidcError('ERR_OIDC_UNAUTHENTICATED') // signed out in the meantime
  const { tokens, version } = stored
  if (tokens.refreshToken !== refreshToken) return undefined
  if (!endsLogin(error)) {
    await replaceTokens(rp.settings, login, withFailure(tokens, error), version)
    throw error
  }
  if (!(await endTokens(rp.settings, login, version))) return undefined
  await endAtProvider(rp.logins, login)
  throw new OidcError('ERR_OIDC_LOGIN_ENDED', { cause: error, error: error.error })
}

/** The refresh token is no longer valid, or its new tokens do not belong to this login. */
function endsLogin({ code, error }: OidcError): boolean {
  return (
    code === 'ERR_OIDC_ID_TOKEN_INVALID' || (code === 'ERR_OIDC_REFRESH_REFUSED' && error === 'invalid_grant')
  )
}

/** After these errors it is unknown whether the provider has used up the refresh token. */
const ambiguous: readonly OidcErrorCode[] = [
  'ERR_OIDC_PROVIDER_UNAVAILABLE',
  'ERR_OIDC_CLOCKS_DIFFER',
  'ERR_OIDC_TOKEN_RESPONSE_INVALID',
]

/** A refused request concerns only its own caller, so other refreshes do not wait because of it. */
function withFailure({ attempt: _, ...tokens }: Tokens, { code, retryAfter = PAUSE }: OidcError): Tokens {
  if (code === 'ERR_OIDC_REFRESH_REFUSED') return tokens
  const failure = { code, failedAt: Date.now(), pause: retryAfter * 1_000 }
  return { ...tokens, attempt: { maySpend: ambiguous.includes(code), failure } }
}

/** Milliseconds until a refresh may start after one that failed; none if not above 0. */
export function pauseLeft({ since }: Settings, { failedAt, pause }: RefreshFailure): number {
  return since(failedAt) + pause - Date.now()
}

/** Keeps waiting callers from repeating, one after the other, what has just failed. */
function refuseTooSoon(settings: Settings, attempt: RefreshAttempt | undefined): void {
  if (!attempt?.failure) return
  const { code } = attempt.failure
  const retryAfter = Math.ceil(pauseLeft(settings, attempt.failure) / 1_000)
  if (retryAfter <= 0) return
  throw new OidcError(code, {
    message: `Renewing the access token failed a moment ago. Next attempt in ${retryAfter} s.`,
    retryAfter,
  })
}

function clientGone(): OidcError {
  return new OidcError('ERR_OIDC_UNAUTHENTICATED', {
    message:
      'The client that this login began with is gone, so its refresh token is no longer valid. Sign in again.',
  })
}

function namesOf({ issuer, clientId, id }: Login): { issuer: string; clientId: string; loginId: string } {
  return { issuer, clientId, loginId: id }
}
