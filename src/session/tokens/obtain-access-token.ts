import { setTimeout as sleep } from 'node:timers/promises'
import { refreshEndsAccessTokens } from '../../protocol/metadata/quirks.ts'
import type { HeldToken } from '../../protocol/tokens/protected-resource.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { tryLease } from '../../stores/lease.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { singleFlight } from '../../vocabulary/single-flight.ts'
import type { Login } from '../login/login.ts'
import {
  type AccessToken,
  type RefreshAttempt,
  readTokens,
  type StoredTokens,
} from '../login/token-record.ts'
import {
  type AccessTokenOptions,
  buildWanted,
  findToken,
  isGood,
  isValid,
  type WantedToken,
} from './access-token-request.ts'
import { type BoundRefresh, pauseLeft, type RefreshingParty, refreshOnce } from './refresh-once.ts'

/** Milliseconds before its expiry from which a token is renewed in the background. */
const EARLY = 60_000

/** Milliseconds by which a lease is longer than a request to the provider may take. Other processes wait this long for one that died. */
const MARGIN = 1_000
/** Milliseconds that a process with a token that is still valid waits for another one. */
const WAIT_WITH_TOKEN = 2_000
/** Milliseconds for everything around the requests, where a process waits without a valid token. */
const AROUND = 4_000
const POLL = 50

/**
 * Finds an access token of a login that is good enough, or renews it. However many callers ask at once, in however many
 * processes, one refresh is made.
 *
 * @param refused - A token that an API has refused, or whose key is gone, and that is therefore not good enough.
 * @throws {@link OidcError} `ERR_OIDC_UNAUTHENTICATED` if there is none and none can be had, `ERR_OIDC_LOGIN_ENDED` if the
 * provider has ended the login, otherwise the reason why the provider gave none; but not while the stored one is valid.
 */
export type ObtainAccessToken = (
  login: Login | undefined,
  options: AccessTokenOptions,
  refused?: string,
) => Promise<HeldToken>

/** Makes the access to the tokens of one relying party's logins. It knows the renewals that are under way in this process. */
export function accessTokensOf(rp: RefreshingParty): ObtainAccessToken {
  const renewals = singleFlight<HeldToken>()
  const shareRenewal = (login: Login, wanted: WantedToken): Promise<HeldToken> =>
    renewals.run(`${login.id} ${wanted.key}`, () => renewAccessToken(rp, login, wanted))

  return async (login, options, refused) => {
    const asked = buildWanted(options, refused)
    const stored = login && (await readTokens(rp.settings, login))
    if (!stored) throw new OidcError('ERR_OIDC_UNAUTHENTICATED')
    const { refreshToken, attempt } = stored.tokens
    const token = findToken(stored.tokens, asked)
    const wanted = { ...asked, isKeyLost: token?.accessToken === refused && (await isKeyLost(rp, token)) }
    if (token && isGood(rp.settings, token, wanted)) {
      const early = { ...wanted, minValidity: EARLY }
      const isDue = refreshToken !== undefined && !isGood(rp.settings, token, early)
      if (isDue && mayTryEarly(rp.settings, attempt)) renewEarly(rp, login, () => shareRenewal(login, early))
      return token
    }
    try {
      if (refreshToken === undefined) throw new OidcError('ERR_OIDC_UNAUTHENTICATED')
      return await shareRenewal(login, wanted)
    } catch (error) {
      const isOver = !(error instanceof OidcError) || error.code === 'ERR_OIDC_LOGIN_ENDED'
      if (isOver || !token || !isValid(token)) throw error
      return token // not valid for as long as was asked, but better than none
    }
  }
}

/** Whether a token cannot be sent to any API. That is known without asking one, so it is replaced at any age. */
async function isKeyLost({ proofKeys }: RefreshingParty, token: AccessToken | undefined): Promise<boolean> {
  return token?.jkt !== undefined && (await proofKeys.withThumbprint(token.jkt)) === undefined
}

/** A refresh token that may be used up is not tried again while a token is valid: that could end the valid one. */
function mayTryEarly(settings: Settings, attempt: RefreshAttempt | undefined): boolean {
  if (!attempt) return true
  return !attempt.maySpend && (!attempt.failure || pauseLeft(settings, attempt.failure) <= 0)
}

/**
 * Renews in the background, if the token that is handed out meanwhile stays valid. A failure is published as an event. A login
 * that the provider has ended is ended here too, although no caller is waiting for it.
 */
function renewEarly(rp: RefreshingParty, login: Login, renew: () => Promise<unknown>): void {
  const renewIfHarmless = async (): Promise<void> => {
    const connection = await rp.connectAs(login.clientId)
    if (connection && !refreshEndsAccessTokens(connection.metadata)) await renew()
  }
  renewIfHarmless()
    .catch(async error => {
      if (error instanceof OidcError && error.code === 'ERR_OIDC_LOGIN_ENDED')
        await rp.logins.sessions.destroy(login.sessionId)
    })
    .catch(() => undefined)
}

/** Renews an access token by the refresh token, as the only process that does so at the moment. Processes that waited find the new one. */
async function renewAccessToken(rp: RefreshingParty, login: Login, wanted: WantedToken): Promise<HeldToken> {
  const { requestTimeout } = rp.settings
  const lease = { key: `refresh:${login.id}`, duration: requestTimeout + MARGIN }
  const longest = lease.duration + requestTimeout + AROUND // the lease of a process that died, then its own request
  for (
    const begun = performance.now();
    ;
    await sleep(POLL * (1 + Math.random()), undefined, { ref: false })
  ) {
    const done = await tryLease(rp.settings, lease, bind => renewUnderLease({ rp, login, wanted, bind }))
    if (done?.result !== undefined) return done.result
    const { tokens } = await readOrRefuse(rp, login)
    const token = findToken(tokens, wanted)
    if (token && isGood(rp.settings, token, wanted)) return token
    const deadline = token && isValid(token) ? WAIT_WITH_TOKEN : longest
    if (performance.now() - begun > deadline) throw tooLong()
  }
}

/** Reads the tokens again: the previous holder of the lease may have renewed them. `undefined` if they changed once more. */
async function renewUnderLease(refresh: BoundRefresh): Promise<HeldToken | undefined> {
  const { rp, login, wanted } = refresh
  const stored = await readOrRefuse(rp, login)
  const token = findToken(stored.tokens, wanted)
  return token && isGood(rp.settings, token, wanted) ? token : refreshOnce(refresh, stored)
}

async function readOrRefuse(rp: RefreshingParty, login: Login): Promise<StoredTokens> {
  const stored = await readTokens(rp.settings, login)
  if (!stored) throw new OidcError('ERR_OIDC_UNAUTHENTICATED')
  return stored
}

function tooLong(): OidcError {
  return new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE', {
    message: 'Another process is renewing the access token, and it is taking too long.',
  })
}
