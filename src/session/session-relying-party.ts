import type { RelyingParty } from '../relying-party/relying-party.ts'
import { buildLogins, type Logins } from './logout/logins.ts'
import { accessTokensOf, type ObtainAccessToken } from './tokens/obtain-access-token.ts'

/** A relying party, with what this process keeps about its logins. Made once and passed to everything that needs it. */
export interface SessionRelyingParty extends RelyingParty {
  readonly logins: Logins
  readonly obtainAccessToken: ObtainAccessToken
}

/** Adds to a relying party what this process keeps about its logins. */
export function keepLogins(rp: RelyingParty): SessionRelyingParty {
  const logins = buildLogins(rp)
  return Object.freeze({ ...rp, logins, obtainAccessToken: accessTokensOf({ ...rp, logins }) })
}
