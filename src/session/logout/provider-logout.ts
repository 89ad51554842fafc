import type { LogoutToken } from '../../protocol/tokens/logout-token.ts'
import { buildKey, tenantIssuerOf } from '../login/record-keys.ts'
import { endLogins } from './end-logins.ts'
import { findLogins } from './login-index.ts'
import type { Logins } from './logins.ts'
import { markProviderSession, markSubject } from './logout-marks.ts'

/** Seconds for which a logout token is remembered: longer than it is accepted. */
const REMEMBERED = 600

/**
 * Ends the logins that a logout token means: with `sid` the logins of that session at the provider, without it all logins of the
 * user until then (OpenID Connect Back-Channel Logout 1.0 §2.7). Returns how many logins were ended, or `undefined` for a token
 * that was processed before.
 */
export async function endByToken(logins: Logins, token: LogoutToken): Promise<number | undefined> {
  const { sid } = token
  return sid === undefined ? await endSubjectOnce(logins, token) : await endSession(logins, { ...token, sid })
}

/**
 * The mark of a session at the provider tells that it has ended before. A user signs in again, so a token without `sid` is
 * remembered on its own; only once it was processed completely, so that the provider can send it again after a failure.
 */
async function endSubjectOnce(logins: Logins, token: LogoutToken): Promise<number | undefined> {
  const { settings } = logins
  const { store } = settings
  const key = buildKey(settings, 'logout-token', token.jti, ...[token.tenantIssuer ?? []].flat())
  if (await store.get(key)) return undefined
  const ended = await endSubject(logins, token)
  await store.set(key, 'done', { lifetime: REMEMBERED })
  return ended
}

/**
 * Ends the logins of a session at the provider that are known here, and marks nothing else: the caller has not proved its identity
 * (OpenID Connect Front-Channel Logout 1.0 §2).
 */
export async function endKnownSession(
  logins: Logins,
  { sid, iss }: { readonly sid: string; readonly iss: string },
): Promise<number> {
  const { settings } = logins
  const found = await findLogins(settings, 'sid', sid, tenantIssuerOf(settings, { iss }))
  return await endLogins(logins, found, () => true)
}

async function endSession(
  logins: Logins,
  { sid, sub, tenantIssuer }: LogoutToken & { readonly sid: string },
): Promise<number | undefined> {
  const isFirst = await markProviderSession(logins.settings, { sid, sub, tenantIssuer })
  const found = await findLogins(logins.settings, 'sid', sid, tenantIssuer)
  const ended = await endLogins(logins, found, entry => sub === undefined || entry.sub === sub)
  return isFirst || ended > 0 ? ended : undefined
}

async function endSubject(logins: Logins, { sub = '', iat, tenantIssuer }: LogoutToken): Promise<number> {
  await markSubject(logins.settings, { sub, tenantIssuer }, iat)
  return await endLogins(
    logins,
    await findLogins(logins.settings, 'sub', sub, tenantIssuer),
    ({ beganAt }) => beganAt <= iat,
  )
}
