import type { IncomingMessage } from 'node:http'
import { optionError } from '../relying-party/options/option-checks.ts'
import type { Settings } from '../relying-party/options/settings.ts'
import type { RelyingParty } from '../relying-party/relying-party.ts'
import type { OidcError } from '../vocabulary/errors.ts'

const passed = new WeakMap<IncomingMessage, readonly RelyingParty[]>()

/** The relying parties of the app whose middleware a request has passed. */
export function passedBy(req: IncomingMessage): readonly RelyingParty[] {
  return passed.get(req) ?? []
}

/** Finds out whether a relying party of the same app, whose middleware the request has passed before, is in the way of this one. */
export function findConflict(rp: RelyingParty, req: IncomingMessage): OidcError | undefined {
  const before = passedBy(req)
  passed.set(req, [...before, rp])
  return before
    .filter(other => other !== rp)
    .map(other => conflictOf(other.settings, rp.settings))
    .find(conflict => conflict !== undefined)
}

/** What two relying parties of one app must not share: the name of their logins and clients, and their addresses. */
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

/** One for access tokens alone has routes, but does not mount them. */
function addressesOf({
  baseUrl,
  routes,
  bearer,
}: Settings): { readonly route: string; readonly url: string }[] {
  if (bearer?.tokensOnly) return []
  return Object.entries(routes).flatMap(([route, path]) =>
    path === undefined ? [] : [{ route, url: baseUrl + path }],
  )
}
