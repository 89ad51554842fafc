import { isOwnLogin, type Login } from './login/login.ts'
import type { SessionRelyingParty } from './session-relying-party.ts'

/**
 * The relying parties of this process, by what their logins say about them. An app with several providers may sign a user
 * out, or in again, at one of them while the session still holds a login of another, which may be mounted further behind:
 * neither the request nor the session store has seen that one yet. So this is the one list that belongs to the process.
 */
const relyingParties = new Map<string, readonly WeakRef<SessionRelyingParty>[]>()

const keyOf = ({ issuer, name }: Pick<Login, 'issuer' | 'name'>): string => JSON.stringify([issuer, name])

/** Makes a relying party, at each address of the app, known as the owner of its logins. One that only takes access tokens has none. */
export function registerOwner(atAddresses: readonly SessionRelyingParty[]): void {
  const [main] = atAddresses
  if (!main || main.settings.bearer?.tokensOnly) return
  relyingParties.set(
    keyOf(main.settings),
    atAddresses.map(rp => new WeakRef(rp)),
  )
}

/** The relying party that a login belongs to: the one that asks, unless the login names another. */
export function ownerOf(login: Login | undefined, asking: SessionRelyingParty): SessionRelyingParty {
  if (!login || (isOwnLogin(login, asking.settings) && !asking.settings.bearer?.tokensOnly)) return asking
  const owners = (relyingParties.get(keyOf(login)) ?? []).flatMap(owner => owner.deref() ?? [])
  return owners.find(({ settings }) => settings.baseUrl === asking.settings.baseUrl) ?? owners[0] ?? asking
}

/**
 * The relying party that a login belongs to which a request writes, or `undefined` if that one is no longer part of the app.
 * The request may be below the path of another one.
 */
export function ownerAmong(
  passed: readonly SessionRelyingParty[],
  login: Login | undefined,
): SessionRelyingParty | undefined {
  const owners = passed.map(rp => ownerOf(login, rp)).filter(rp => isOwnLogin(login, rp.settings))
  return owners.find(rp => passed.includes(rp)) ?? owners[0]
}
