import { optionError } from '../../relying-party/options/option-error.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import type { SessionRelyingParty } from '../../session/session-relying-party.ts'
import type { OidcError } from '../../vocabulary/errors.ts'
import { notePassing, type RequestState } from './request-state.ts'
import { foldPath } from './route-finder.ts'

/** Notes that a request passes a relying party. Returns why that one conflicts with another one that the request has passed. */
export function enter(rp: SessionRelyingParty, state: RequestState): OidcError | undefined {
  notePassing(state, rp)
  return findConflict(rp, state.passed)
}

function findConflict(rp: SessionRelyingParty, passed: RequestState['passed']): OidcError | undefined {
  const others = passed.filter(({ logins }) => logins !== rp.logins)
  return others.map(other => conflictOf(other.settings, rp.settings)).find(conflict => conflict !== undefined)
}

/** Two relying parties in one app must not share the name of their logins and clients, nor an address. */
function conflictOf(first: Settings, second: Settings): OidcError | undefined {
  if (first.issuer === second.issuer && first.name === second.name)
    return optionError('name', 'must differ where an app has two relyingParty() with the same issuer')
  const taken = addressesOf(first).map(({ url }) => url)
  const shared = addressesOf(second).find(({ url }) => taken.includes(url))
  return (
    shared &&
    optionError(`routes.${shared.route}`, 'must differ from every route of the other relyingParty()')
  )
}

/** A relying party that only takes access tokens has routes, but does not mount them. */
function addressesOf({
  addresses,
  routes,
  bearer,
}: Settings): { readonly route: string; readonly url: string }[] {
  if (bearer?.tokensOnly) return []
  return Object.entries(routes).flatMap(([route, path]) =>
    path === undefined ? [] : addresses.map(({ baseUrl }) => ({ route, url: foldPath(baseUrl + path) })),
  )
}
