import type { IncomingMessage, ServerResponse } from 'node:http'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { cookieName, readCookies, writeCookie } from './cookies.ts'

/** How long the provider's sign-out may take, in seconds. */
const LIFETIME = 10 * 60

/**
 * Remembers in a sealed cookie where a sign-out ends, because the session is gone by then. Returns the `state` that the
 * provider sends back (OpenID Connect RP-Initiated Logout 1.0 §2).
 */
export async function startReturn(
  rp: Pick<RelyingParty, 'settings' | 'sealer'>,
  res: ServerResponse,
  returnTo: string,
): Promise<string> {
  const { secure, digest } = rp.settings
  const sealer = await rp.sealer({ again: true })
  const state = sealer.token('logout')
  const name = cookieName(`oidc-logout.${digest}`, secure)
  const value = await sealer.seal(name, { state, returnTo })
  writeCookie(res, { name, value }, { secure, maxAge: LIFETIME })
  return state
}

/** Takes the URL where the sign-out with this `state` ends, or `undefined` if no sign-out was started in this browser. */
export async function takeReturn(
  rp: Pick<RelyingParty, 'settings' | 'sealer'>,
  req: IncomingMessage,
  res: ServerResponse,
  state: string | undefined,
): Promise<string | undefined> {
  const { secure, digest } = rp.settings
  const name = cookieName(`oidc-logout.${digest}`, secure)
  for (const cookie of readCookies(req).filter(candidate => candidate.name === name)) {
    const opened =
      (await (await rp.sealer()).open(name, cookie.value)) ??
      (await (await rp.sealer({ again: true })).open(name, cookie.value))
    if (opened?.['state'] !== state || typeof opened?.['returnTo'] !== 'string') continue
    writeCookie(res, { name, value: '' }, { secure, maxAge: 0 })
    return opened['returnTo']
  }
  return undefined
}
