import { refreshEndsAccessTokens } from '../../protocol/provider/quirks.ts'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { Login } from '../login/login.ts'
import { destroySession } from '../login/session-store.ts'
import { type RefreshAttempt, readTokens } from '../login/token-record.ts'
import {
  type AccessTokenOptions,
  buildWanted,
  findToken,
  isGood,
  isValid,
  type WantedToken,
} from './access-token-request.ts'
import { renewAccessToken } from './renewal.ts'

/** Milliseconds before its end in which a token that is still given out is renewed. */
const EARLY = 60_000

/** The renewals that are under way in this process, by login and purpose. */
const renewals = new WeakMap<RelyingParty, Map<string, Promise<string>>>()

/**
 * Finds an access token of a login that is good enough, or renews it. However many ask at once, in however many processes,
 * one refresh is made.
 *
 * @param refused - A token that an API has refused, and that is therefore not good enough.
 * @throws {@link OidcError} `ERR_OIDC_UNAUTHENTICATED` if there is none and none can be had, `ERR_OIDC_LOGIN_ENDED` if the
 * provider has ended the login, else why the provider gave none; but not while the one that is there is valid.
 */
export async function obtainAccessToken(
  rp: RelyingParty,
  login: Login | undefined,
  options: AccessTokenOptions,
  refused?: string,
): Promise<string> {
  const wanted = buildWanted(options, refused)
  const stored = login && (await readTokens(rp, login))
  if (!stored) throw new OidcError('ERR_OIDC_UNAUTHENTICATED')
  const { refreshToken, attempt } = stored.tokens
  const token = findToken(stored.tokens, wanted)
  if (token && isGood(token, wanted)) {
    const early = { ...wanted, minValidity: EARLY }
    const isDue = refreshToken !== undefined && !isGood(token, early)
    if (isDue && mayTryEarly(attempt)) renewEarly(rp, login, early)
    return token.accessToken
  }
  try {
    if (refreshToken === undefined) throw new OidcError('ERR_OIDC_UNAUTHENTICATED')
    return await shareRenewal(rp, login, wanted)
  } catch (error) {
    const isOver = !(error instanceof OidcError) || error.code === 'ERR_OIDC_LOGIN_ENDED'
    if (isOver || !token || !isValid(token)) throw error
    return token.accessToken // not for as long as was asked for, but better than none
  }
}

/** A refresh token that may be used up is not tried again while there is a token: that could end the one there is. */
function mayTryEarly(attempt: RefreshAttempt | undefined): boolean {
  return !attempt || (!attempt.maySpend && (attempt.failure?.retryAt ?? 0) <= Date.now())
}

/**
 * In the background, where the token that is given out meanwhile survives it. An event tells of a failure; a login that the
 * provider has ended is over, though nobody waits to hear it.
 */
function renewEarly(rp: RelyingParty, login: Login, wanted: WantedToken): void {
  const renew = async (): Promise<void> => {
    const connection = await rp.connectAs(login.clientId)
    if (connection && !refreshEndsAccessTokens(connection.metadata)) await shareRenewal(rp, login, wanted)
  }
  renew()
    .catch(async error => {
      if (error instanceof OidcError && error.code === 'ERR_OIDC_LOGIN_ENDED')
        await destroySession(rp, login.sessionId)
    })
    .catch(() => undefined)
}

function shareRenewal(rp: RelyingParty, login: Login, wanted: WantedToken): Promise<string> {
  const shared = renewals.get(rp) ?? new Map<string, Promise<string>>()
  renewals.set(rp, shared)
  const key = `${login.id} ${wanted.key}`
  const renewal =
    shared.get(key) ?? renewAccessToken(rp, login, wanted).finally(() => void shared.delete(key))
  shared.set(key, renewal)
  return renewal
}
