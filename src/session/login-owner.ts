import { isOwnLogin, type Login } from './login/login.ts'
import type { SessionRelyingParty } from './session-relying-party.ts'

/** What a login says about the relying party that it belongs to. */
type Named = Pick<Login, 'issuer' | 'name'>
type Owner = WeakRef<SessionRelyingParty>

/**
 * The relying parties of this process, the newest first, by what their logins say about them. An app with several providers may
 * sign a user out, or in again, at one of them while the session still holds a login of another, which may be mounted further
 * behind: neither the request nor the session store has seen that one yet, and nothing else leads from one to the other. So this
 * list belongs to the process. It keeps none of them alive, and forgets those that were closed or collected.
 */
const relyingParties = new Map<string, readonly Owner[]>()

const collected = new FinalizationRegistry<{ readonly key: string; readonly owner: Owner }>(
  ({ key, owner }) => forget(key, [owner]),
)

const keyOf = ({ issuer, name }: Named): string => JSON.stringify([issuer, name])

/**
 * Makes a relying party, at each address of the app, known as the owner of its logins, until the returned function is called. One
 * that only takes access tokens has none. Apps in one process may have relying parties with the same issuer and name.
 */
export function registerOwner(atAddresses: readonly SessionRelyingParty[]): () => void {
  const [main] = atAddresses
  if (!main || main.settings.bearer?.tokensOnly) return () => undefined
  const key = keyOf(main.settings)
  const owners = atAddresses.map(rp => {
    const owner = new WeakRef(rp)
    collected.register(rp, { key, owner })
    return owner
  })
  relyingParties.set(key, [...owners, ...(relyingParties.get(key) ?? [])])
  return () => forget(key, owners)
}

function forget(key: string, gone: readonly Owner[]): void {
  const left = relyingParties.get(key)?.filter(owner => !gone.includes(owner)) ?? []
  if (left.length > 0) relyingParties.set(key, left)
  else relyingParties.delete(key)
}

/** The relying party that a login belongs to: the one that asks, unless the login names another. */
export function ownerOf(login: Named | undefined, asking: SessionRelyingParty): SessionRelyingParty {
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
  login: Named | undefined,
): SessionRelyingParty | undefined {
  const owners = passed.map(rp => ownerOf(login, rp)).filter(rp => isOwnLogin(login, rp.settings))
  return owners.find(rp => passed.includes(rp)) ?? owners[0]
}
