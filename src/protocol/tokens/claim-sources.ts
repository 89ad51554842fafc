import { claimReferences } from '../../vocabulary/distributed-claims.ts'
import { isObject, type JsonObject } from '../../vocabulary/json.ts'

/** Where a provider keeps claims that it has not sent (OpenID Connect Core 1.0 §5.6.2). */
export interface ClaimSource {
  /** The claims that are there. */
  readonly names: readonly string[]
  /** Where they can be fetched (distributed claims). */
  readonly endpoint?: string
  /** The access token for `endpoint`, if the provider has sent one. Keep it out of sessions and logs. */
  readonly accessToken?: string
  /** A JWT that contains them (aggregated claims). Its signature is not verified. */
  readonly jwt?: string
}

/** The sources in an answer of the provider of some of the claims that it refers to. */
export function claimSourcesOf(claims: JsonObject, wanted: readonly string[]): ClaimSource[] {
  const references = Object.entries(claimReferences(claims)).filter(([name]) => wanted.includes(name))
  const { _claim_sources: told } = claims
  const sources = isObject(told) ? told : {}
  return [...new Set(references.map(([, source]) => source))].map(source => {
    const names = references.filter(([, one]) => one === source).map(([name]) => name)
    const found = typeof source === 'string' && Object.hasOwn(sources, source) ? sources[source] : undefined
    return { names, ...readSource(isObject(found) ? found : {}) }
  })
}

function readSource({
  endpoint,
  access_token: accessToken,
  JWT: jwt,
}: JsonObject): Omit<ClaimSource, 'names'> {
  const members = Object.entries({ endpoint, accessToken, jwt })
  return Object.fromEntries(members.filter(([, value]) => typeof value === 'string'))
}
