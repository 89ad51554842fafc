import type { Request, Response } from 'express'
import { isIssuerOf } from '../../../protocol/metadata/issuer-template.ts'
import { framingOrigins } from '../../../protocol/sign-in/end-session.ts'
import type { Settings } from '../../../relying-party/options/settings.ts'
import { endLogin, readLogin } from '../../../session/login/request-login.ts'
import { endKnownSession } from '../../../session/logout/provider-logout.ts'
import type { SessionRelyingParty } from '../../../session/session-relying-party.ts'
import { inTime } from '../../../vocabulary/deadline.ts'
import { OidcError } from '../../../vocabulary/errors.ts'
import { publish } from '../../../vocabulary/events.ts'
import { isSessionId } from '../../../vocabulary/identifier.ts'
import { sendFrame } from '../../request/answer.ts'
import { asError } from '../../request/fail.ts'
import { readQuery, single } from '../../request/request-parameters.ts'
import type { Route } from '../../request/route.ts'

/** Milliseconds to wait for the sessions and for the provider's configuration: the page delays the user's sign-out everywhere. */
const DEADLINES = { sessions: 600, provider: 200 }

/**
 * Makes the page that the provider loads in a frame when its session ends. Which sessions are meant is found by `sid`,
 * because browsers withhold cookies in such a frame; an unknown one changes nothing (OpenID Connect Front-Channel
 * Logout 1.0 §2, §3).
 */
export function frontchannelLogout(rp: Pick<SessionRelyingParty, 'settings' | 'logins' | 'connect'>): Route {
  return {
    methods: ['GET'],
    needsSession: false,
    async handle(req, res) {
      const meant = verifyQuery(readQuery(req), rp.settings.issuer)
      if (meant !== undefined) await waitFor(rp.settings, endMeant(rp, req, res, meant))
      sendFrame(res, await framedBy(rp))
    },
  }
}

/** A session at the provider. */
interface Meant {
  readonly iss: string
  readonly sid: string
}

/** Both parameters or none. The client registers that both are sent, so without them no session is meant. */
function verifyQuery(query: URLSearchParams, issuer: string): Meant | undefined {
  if (!query.has('iss') && !query.has('sid')) return undefined
  const iss = single(query, 'iss')
  const sid = single(query, 'sid')
  if (iss !== undefined && isIssuerOf(issuer, iss) && isSessionId(sid)) return { iss, sid }
  throw new OidcError('ERR_OIDC_LOGOUT_INVALID')
}

/** Work that takes longer continues after the response. A later failure is logged. */
async function waitFor({ issuer, log, failures }: Settings, work: Promise<void>): Promise<void> {
  const late = new Error('later')
  try {
    await inTime(work, DEADLINES.sessions, () => late)
  } catch (error) {
    if (error !== late) throw error
    work.catch(thrown => {
      const failure = asError(thrown)
      publish('request.failed', { issuer, error: failure })
      if (failure instanceof OidcError) failures.report(failure, 'A front-channel logout failed: ')
      else log(`A front-channel logout failed: ${failure.message}`)
    })
  }
}

async function endMeant(
  { settings, logins }: Pick<SessionRelyingParty, 'settings' | 'logins'>,
  req: Request,
  res: Response,
  meant: Meant,
): Promise<void> {
  const begun = performance.now()
  const { issuer } = settings
  const endedLogins = await endKnownSession(logins, meant)
  if (endedLogins === 0) return
  const claims = readLogin(req, settings)?.claims
  const isMeant = claims?.sid === meant.sid && claims.iss === meant.iss
  if (!res.headersSent && isMeant) await endLogin(req, res)
  const duration = (performance.now() - begun) / 1_000
  settings.tally.providerLogouts += 1
  publish('logout.received', { issuer, channel: 'front', by: 'sid', endedLogins, duration })
}

/** The provider's page may be at its public address rather than at its issuer. */
async function framedBy(rp: Pick<SessionRelyingParty, 'settings' | 'connect'>): Promise<readonly string[]> {
  const late = (): OidcError => new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE')
  try {
    return framingOrigins((await inTime(rp.connect(), DEADLINES.provider, late)).metadata)
  } catch (error) {
    if (error instanceof OidcError) return [new URL(rp.settings.issuer).origin] // the provider is unavailable, but the user is signed out here
    throw error
  }
}
