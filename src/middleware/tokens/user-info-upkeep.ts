import type { Request } from 'express'
import { hasUserInfo } from '../../protocol/tokens/user-info.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import type { Login } from '../../session/login/login.ts'
import type { SessionRelyingParty } from '../../session/session-relying-party.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { singleFlight } from '../../vocabulary/single-flight.ts'
import { MOST_AHEAD } from '../../vocabulary/stored-times.ts'
import { tokenSource } from './token-source.ts'
import { fetchUserInfo, keepUserInfo, tellFailure } from './user-info.ts'

/** Fetches UserInfo again when it has become old. */
export interface UserInfoUpkeep {
  /** Whether a login needs that. Calls nothing. */
  isDue(login: Login): boolean
  /**
   * The login with newer claims, or `undefined` if it has ended. Of several requests with one login, the first asks and the
   * others wait for it.
   *
   * @throws {@link OidcError} With status 503, if UserInfo is required and unavailable now.
   */
  renew(req: Request, login: Login): Promise<Login | undefined>
}

/** What is known about a login without asking again. */
interface Finding {
  /** By `performance.now()`. */
  readonly until: number
  /** `stay`: its claims are current, or the best available. `over`: the provider no longer recognizes it. */
  readonly verdict: 'stay' | 'over' | OidcError
}

/** Milliseconds after a failure in which the provider is not asked about the same login again. */
const PAUSE = 10_000

/** Makes what keeps UserInfo fresh. It forgets what it knows about a login once it may ask about that login again. */
export function userInfoUpkeep(rp: SessionRelyingParty): UserInfoUpkeep {
  const { every = Number.POSITIVE_INFINITY } = rp.settings.userInfo
  const running = singleFlight<Login | undefined>()
  const findings = new Map<string, Finding>()

  function note({ id }: Login, verdict: Finding['verdict'], milliseconds: number): void {
    const now = performance.now()
    findings.delete(id)
    for (const [noted, { until }] of findings) {
      if (until > now) break // nearly in order, so the rest can wait
      findings.delete(noted)
    }
    findings.set(id, { until: now + milliseconds, verdict })
  }

  function known({ id }: Login): Finding['verdict'] | undefined {
    const finding = findings.get(id)
    return finding && finding.until > performance.now() ? finding.verdict : undefined
  }

  async function ask(req: Request, login: Login): Promise<Login | undefined> {
    try {
      if (!hasUserInfo(await rp.connect())) return login
      const userInfo = await fetchUserInfo(rp, login, tokenSource(rp.obtainAccessToken, req, login))
      const kept = await keepUserInfo(rp.logins, req, login, userInfo)
      if (kept === login) note(login, 'stay', every) // its session was not written, so it does not record this time
      return kept
    } catch (error) {
      const verdict = judge(rp.settings, login, error)
      note(login, verdict, Math.min(every, PAUSE))
      return settled(login, verdict)
    }
  }

  return {
    isDue({ userInfoAt = 0 }) {
      const age = Date.now() - userInfoAt
      return age >= every || -age >= Math.min(every, MOST_AHEAD) // it lies ahead if a clock was set
    },
    async renew(req, login) {
      const verdict = known(login)
      if (verdict) return settled(login, verdict)
      return await running.run(login.id, () => ask(req, login))
    },
  }
}

function settled(login: Login, verdict: Finding['verdict']): Login | undefined {
  if (verdict instanceof OidcError) throw verdict
  return verdict === 'stay' ? login : undefined
}

/** What a failure means for the login. A session that cannot be written has nothing to do with the provider. */
function judge(settings: Settings, { clientId }: Login, error: unknown): Finding['verdict'] {
  if (!(error instanceof OidcError) || error.code === 'ERR_OIDC_SESSION_UNAVAILABLE') throw error
  tellFailure(settings, clientId, error)
  if (error.code === 'ERR_OIDC_USER_INFO_INVALID' || error.code === 'ERR_OIDC_LOGIN_ENDED') return 'over'
  if (!settings.userInfo.isRequired) return 'stay'
  if (error.code === 'ERR_OIDC_ACCESS_TOKEN_REFUSED' || error.code === 'ERR_OIDC_UNAUTHENTICATED')
    return 'over'
  return error.status === 503
    ? error
    : new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE', { cause: error, message: error.message })
}
