import type { RelyingParty } from '../relying-party/relying-party.ts'
import { endLogins } from './login-endings.ts'
import { type FoundEntry, findLogins } from './login-index.ts'
import { readSession } from './session-store.ts'

/** A session in which a user is signed in, in one browser. */
export interface UserSession {
  /** The login's id, which `req.oidc.loginId` is in that browser. */
  readonly id: string
  readonly startedAt: Date
  /** When it ends, however active it is. */
  readonly expiresAt: Date
}

/**
 * The sessions of the app's users, on every replica.
 *
 * @throws {@link OidcError} `ERR_OIDC_STORE_UNAVAILABLE` or `ERR_OIDC_SESSION_UNAVAILABLE`; what was asked can be asked again.
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
  of(sub: string): Promise<readonly UserSession[]>
  /** Ends one session of a user. Returns whether there was one. */
  end(sub: string, id: string): Promise<boolean>
  /** Ends all sessions of a user but one. Returns how many. */
  endOthers(sub: string, id: string): Promise<number>
  /** Ends all sessions of a user. Returns how many. */
  endAll(sub: string): Promise<number>
}

/** Makes the directory of the sessions of one relying party. */
export function sessionDirectory(rp: RelyingParty): SessionDirectory {
  const end = async (sub: string, isMeant: (entry: FoundEntry) => boolean): Promise<number> =>
    endLogins(rp, await findLogins(rp, 'sub', sub), isMeant)
  return Object.freeze<SessionDirectory>({
    of: sub => listSessions(rp, sub),
    end: async (sub, id) => (await end(sub, ({ loginId }) => loginId === id)) > 0,
    endOthers: (sub, id) => end(sub, ({ loginId }) => loginId !== id),
    endAll: sub => end(sub, () => true),
  })
}

/** Only what is there: a session may have ended by its idle time, which nobody is told. */
async function listSessions(rp: RelyingParty, sub: string): Promise<readonly UserSession[]> {
  const found = await findLogins(rp, 'sub', sub)
  const present = await Promise.all(
    found.map(async entry => ({ entry, session: await readSession(rp, entry.sessionId) })),
  )
  return present
    .filter(({ entry, session }) => session?.oidc?.id === entry.loginId)
    .sort((one, other) => other.entry.startedAt - one.entry.startedAt)
    .map(({ entry: { loginId: id, startedAt, expiresAt } }) =>
      Object.freeze({ id, startedAt: new Date(startedAt), expiresAt: new Date(expiresAt) }),
    )
}
