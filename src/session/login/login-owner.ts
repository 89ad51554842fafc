import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { isOwnLogin, type Login } from './login.ts'

/**
 * The relying parties of this process, by what their logins say of them. An app with several providers may sign somebody
 * out, or in anew, at one while the login that is there belongs to another, mounted before or behind it.
 */
const relyingParties = new Map<string, WeakRef<RelyingParty>>()

const keyOf = ({ issuer, name }: Pick<Login, 'issuer' | 'name'>): string => JSON.stringify([issuer, name])

/** Makes a relying party known as the owner of its logins. One for access tokens alone has none. */
export function registerOwner(rp: RelyingParty): void {
  if (!rp.settings.bearer?.tokensOnly) relyingParties.set(keyOf(rp.settings), new WeakRef(rp))
}

/** The relying party to which a login belongs: the one that asks, unless the login says another. */
export function ownerOf(login: Login | undefined, asking: RelyingParty): RelyingParty {
  if (!login || (isOwnLogin(login, asking.settings) && !asking.settings.bearer?.tokensOnly)) return asking
  return relyingParties.get(keyOf(login))?.deref() ?? asking
}
