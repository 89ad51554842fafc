import type { Response } from 'express'
import {
  buildLogoutRefusal,
  type LogoutToken,
  verifyLogoutToken,
} from '../../../protocol/tokens/logout-token.ts'
import type { Settings } from '../../../relying-party/options/settings.ts'
import type { RelyingParty } from '../../../relying-party/relying-party.ts'
import { leaveSession } from '../../../session/login/request-session.ts'
import { endByToken } from '../../../session/logout/provider-logout.ts'
import type { SessionRelyingParty } from '../../../session/session-relying-party.ts'
import { OidcError } from '../../../vocabulary/errors.ts'
import { publish } from '../../../vocabulary/events.ts'
import { traced } from '../../../vocabulary/operations.ts'
import { sendJson } from '../../request/answer.ts'
import { readForm } from '../../request/request-parameters.ts'
import type { Route } from '../../request/route.ts'
import { type ConcurrencyLimit, concurrencyLimit } from './concurrency-limit.ts'
import { logoutsForLater } from './logouts-for-later.ts'

/** How many logout tokens may be here at once. A provider that signs all users out sends them all at once. */
const MOST_TOKENS = 10_000
/** For how many of them logins are ended at once. The others wait in turn. */
const PLACES = 64

/**
 * Makes the route to which the provider posts logout tokens. 200 says that the sessions have ended on every replica, 400 that
 * the token is not valid, 503 and 429 that the provider should send it again (OpenID Connect Back-Channel Logout 1.0
 * §2.5, §2.8).
 */
export function backchannelLogout(rp: SessionRelyingParty): Route {
  const receive = concurrencyLimit(MOST_TOKENS, 0)
  const end = concurrencyLimit(PLACES, MOST_TOKENS)
  const keepForLater = logoutsForLater(rp.settings, token => endMeant(rp, end, token))
  return {
    methods: ['POST'],
    needsSession: false,
    async handle(req, res) {
      leaveSession(req)
      try {
        const token = takeParameter(await readForm(req))
        await receive(() => endMeant(rp, end, token, () => keepForLater(token)))
        sendJson(res, 200)
      } catch (error) {
        refuse(res, report(rp.settings, error))
      }
    },
  }
}

function takeParameter(form: URLSearchParams): string {
  const [token, another] = form.getAll('logout_token')
  if (token && another === undefined) return token
  throw new OidcError('ERR_OIDC_LOGOUT_TOKEN_INVALID', {
    message: `A logout token was refused: the form has ${token ? 'more than one' : 'no'} logout_token. If something in front of relyingParty() reads the body, mount handlers.backchannelLogout before it.`,
  })
}

function endMeant(
  rp: SessionRelyingParty,
  end: ConcurrencyLimit,
  text: string,
  onUnknownClient = (): void => undefined,
): Promise<void> {
  const { issuer } = rp.settings
  return traced('logout-token', { issuer }, async () => {
    const token = await verify(rp, text, onUnknownClient)
    await end(() => endLogins(rp, token))
  })
}

/** Outside of the line: tokens whose key must be fetched first would hold up those that can be verified. */
function verify(rp: RelyingParty, text: string, onUnknownClient: () => void): Promise<LogoutToken> {
  const { issuer, strictLogoutTokens: isStrict, trustedAudiences } = rp.settings
  return verifyLogoutToken(text, {
    issuer,
    isStrict,
    trustedAudiences,
    current: () => rp.connect(),
    all: () => rp.connectAll(),
    known: id => rp.connectIfKnown(id),
    lookedUp: id => rp.connectAs(id),
    onUnknownClient,
  })
}

async function endLogins(
  { settings, logins }: Pick<SessionRelyingParty, 'settings' | 'logins'>,
  token: LogoutToken,
): Promise<void> {
  const begun = performance.now()
  const endedLogins = await endByToken(logins, token)
  if (endedLogins === undefined) return
  settings.tally.providerLogouts += 1
  publish('logout.received', {
    issuer: settings.issuer,
    channel: 'back',
    by: token.sid === undefined ? 'sub' : 'sid',
    endedLogins,
    duration: (performance.now() - begun) / 1_000,
  })
}

function refuse(res: Response, error: OidcError): void {
  if (error.retryAfter !== undefined) res.setHeader('Retry-After', String(error.retryAfter))
  sendJson(res, error.status, buildLogoutRefusal(error))
}

/** A token that is always refused must be noticed, but a flood must not fill the log. */
function report({ issuer, failures }: Settings, error: unknown): OidcError {
  if (!(error instanceof OidcError)) throw error
  publish('request.failed', { issuer, error })
  failures.report(error)
  return error
}
