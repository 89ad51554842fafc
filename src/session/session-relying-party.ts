import { settingsAtAddresses } from '../relying-party/options/settings.ts'
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

/** A relying party for each address of the app, the main one first. They differ in their settings and have the same logins. */
export function atEachAddress(rp: SessionRelyingParty): readonly SessionRelyingParty[] {
  const [, ...others] = settingsAtAddresses(rp.settings)
  return [rp, ...others.map(settings => Object.freeze({ ...rp, settings }))]
}
