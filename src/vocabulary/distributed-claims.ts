import { isObject, type JsonObject } from './json.ts'

/** The names of the claims that an answer refers to, with the names of their sources. Entra ID says `hasgroups` where none fit in. */
export function claimReferences(claims: JsonObject): Record<string, unknown> {
  const { _claim_names: named, hasgroups } = claims
  const groups = hasgroups === true || hasgroups === 'true' ? { groups: undefined } : {}
  return { ...groups, ...(isObject(named) ? named : {}) }
}

/** Claims without the sources of others, which may contain access tokens. */
export function withoutSources<Claims extends JsonObject>(claims: Claims): Claims {
  if (!('_claim_sources' in claims)) return claims
  const { _claim_sources: _, ...others } = claims
  return others as Claims
}

/** Why claims that the provider only refers to let nobody pass, for the operator. */
export function describeElsewhere(names: readonly string[]): string {
  return `The provider did not send ${names.join(' and ')} of a user but only referred to it (_claim_names, hasgroups), as Entra ID does for users with many groups. Guards that need it refuse such users. Fetch it with options.resolveClaims, or let the provider send fewer values.`
}
