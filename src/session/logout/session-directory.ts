import { isTemplate } from '../../protocol/metadata/issuer-template.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { parseLogin } from '../login/login-text.ts'
import { tenantIssuerOf } from '../login/record-keys.ts'
import { readTokens } from '../login/token-record.ts'
import { endLogins } from './end-logins.ts'
import { type FoundEntry, findLogins } from './login-index.ts'
import type { Logins } from './logins.ts'

/** A session in which a user is signed in, in one browser. */
export interface UserSession {
  /** The login's id, which `req.oidc.loginId` is in that browser. */
  readonly id: string
  /** When the user signed in. */
  readonly startedAt: Date
  /** When its tokens were last renewed; if they never were, when it began. */
  readonly refreshedAt: Date
  /** When it ends, no matter how active the user is. */
  readonly expiresAt: Date
}

/** A user: their `sub`, or `req.user`, which is needed where the provider has an issuer for each tenant. */
type User = string | { readonly iss?: string; readonly sub: string }

/**
 * The sessions of the app's users, on every replica.
 *
 * @throws {@link OidcError} `ERR_OIDC_STORE_UNAVAILABLE` or `ERR_OIDC_SESSION_UNAVAILABLE`; the call can be repeated.
 * @example
 * ```ts
 * const rp = relyingParty({ issuer: 'https://op.example', baseUrl: 'https://app.example' })
 * app.post('/sign-out-everywhere', async (req, res) => {
 *   if (req.user) await rp.sessions.endAll(req.user.sub)
 *   res.redirect(303, '/')
 * })
 * ```
 */
export interface SessionDirectory {
  /** The sessions of a user, the newest first. */
  of(user: User): Promise<readonly UserSession[]>
  /** Ends one session of a user. Returns whether there was one. */
  end(user: User, id: string): Promise<boolean>
  /**
   * Ends all sessions of a user but one, such as that of `req.oidc.loginId`. Returns how many.
   *
   * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION` without a session to keep; then none is ended.
   */
  endOthers(user: User, id: string | undefined): Promise<number>
  /** Ends all sessions of a user. Returns how many. */
  endAll(user: User): Promise<number>
}

/** Makes the directory of the sessions of one relying party. */
export function sessionDirectory(logins: Logins): SessionDirectory {
  const end = async (sub: User, isMeant: (entry: FoundEntry) => boolean): Promise<number> =>
    endLogins(logins, await findUser(logins, sub), isMeant)
  return Object.freeze<SessionDirectory>({
    of: sub => listSessions(logins, sub),
    end: async (sub, id) => (await end(sub, ({ loginId }) => loginId === id)) > 0,
    async endOthers(sub, id) {
      if (!id) throw missingId()
      return end(sub, ({ loginId }) => loginId !== id)
    },
    endAll: sub => end(sub, () => true),
  })
}

async function listSessions(logins: Logins, sub: User): Promise<readonly UserSession[]> {
  const found = await findUser(logins, sub)
  const present = await Promise.all(found.map(async entry => await readEntry(logins, entry)))
  return present
    .filter(session => session !== undefined)
    .sort((one, other) => other.startedAt.getTime() - one.startedAt.getTime())
}

function findUser({ settings }: Logins, user: User): Promise<FoundEntry[]> {
  const { iss, sub } = typeof user === 'string' ? { sub: user } : user
  if (isTemplate(settings.issuer) && iss === undefined)
    throw new OidcError('ERR_OIDC_INVALID_OPTION', {
      message: 'sessions: pass req.user, because users of several tenants can have the same sub.',
    })
  return findLogins(settings, 'sub', sub, tenantIssuerOf(settings, { iss }))
}

/** `undefined` if it is gone: a session that ends by its idle time does so without a notice. */
async function readEntry(logins: Logins, entry: FoundEntry): Promise<UserSession | undefined> {
  const { loginId: id, sessionId, startedAt, expiresAt } = entry
  const [session, stored] = await Promise.all([
    logins.sessions.read(sessionId),
    readTokens(logins.settings, { id }).catch(() => undefined),
  ])
  if (parseLogin(session?.oidc)?.id !== id) return undefined
  return Object.freeze({
    id,
    startedAt: new Date(startedAt),
    refreshedAt: new Date(stored?.tokens.obtainedAt ?? startedAt),
    expiresAt: new Date(expiresAt),
  })
}

function missingId(): OidcError {
  return new OidcError('ERR_OIDC_INVALID_OPTION', {
    message:
      'sessions.endOthers: id must be the loginId of the session to keep. To end all of them, call endAll.',
  })
}
