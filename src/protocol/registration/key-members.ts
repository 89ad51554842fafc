import type { ClientMetadata, JsonWebKey, RequestedMetadata } from '../../vocabulary/oauth2-client.ts'

/** The members by which the provider gets a client's keys: by value, or by the URL at which the app serves them. */
export function keyMembers(keys: readonly JsonWebKey[], jwksUri: string | undefined): ClientMetadata {
  if (keys.length === 0) return {}
  return jwksUri === undefined ? { jwks: { keys } } : { jwks_uri: jwksUri }
}

/** Where the app serves its keys, if it asks the provider to fetch them there. */
export function jwksUriOf({ jwks_uri: jwksUri }: RequestedMetadata): string | undefined {
  return jwksUri ?? undefined
}
