import type { Connection } from '../protocol/connection.ts'
import { OidcError } from '../vocabulary/errors.ts'
import type { RelyingParty } from './relying-party.ts'

/**
 * Makes a request as one of our clients. If the provider refuses the client, it is healed and the request made again: a
 * refused client has used nothing up. `undefined` if another client has taken its place.
 */
export async function requestHealed<Result>(
  rp: RelyingParty,
  connection: Connection,
  request: (connection: Connection) => Promise<Result>,
  attempts = 3,
): Promise<Result | undefined> {
  try {
    return await request(connection)
  } catch (error) {
    if (!(error instanceof OidcError) || error.code !== 'ERR_OIDC_CLIENT_REFUSED') throw error
    const healed = attempts > 1 ? await rp.heal(connection) : undefined
    if (!healed) throw error
    if (healed.clientId !== connection.clientId) return undefined
    return requestHealed(rp, healed, request, attempts - 1)
  }
}
