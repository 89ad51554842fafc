import { OidcError } from '../../vocabulary/errors.ts'
import { isUnknown } from './client-liveness.ts'
import type { GrantedClient } from './client-record-shape.ts'
import type { Registrar } from './registrar.ts'

/**
 * Milliseconds within which a provider has fetched the keys that the app serves. Providers keep what they have fetched for up to an
 * hour, and what is in front of the app may add the `max-age` of the answer.
 */
export const KEYS_FETCHED_WITHIN = 3_900_000

/**
 * Refuses to replace a client while the provider may still have fetched other keys: a new client would be refused for the same
 * reason. A provider that does not know the client at all has lost it.
 *
 * @throws {@link OidcError} `ERR_OIDC_CLIENT_REFUSED`
 */
export async function refuseUnfetchedKey(registrar: Registrar, client: GrantedClient): Promise<void> {
  const { clientId, jwksUri, rotatedAt } = client
  if (jwksUri === undefined || Date.now() - rotatedAt >= KEYS_FETCHED_WITHIN) return
  if (await isUnknown(registrar, clientId)) return
  throw new OidcError('ERR_OIDC_CLIENT_REFUSED', {
    message: `The provider refuses client ${clientId}, whose present key it may not have fetched yet. Check that it can fetch ${jwksUri}.`,
  })
}
