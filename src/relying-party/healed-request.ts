import type { Connection } from '../protocol/provider/connection.ts'
import { OidcError } from '../vocabulary/errors.ts'
import type { RelyingParty } from './relying-party.ts'

/** A request to the provider as one of our clients. */
type ClientRequest<Result> = (connection: Connection) => Promise<Result>

/**
 * Makes a request as our current client. If the provider refuses the client, it is healed, and all is done again from the
 * start, perhaps as another client.
 */
export async function requestAsClient<Result>(
  rp: RelyingParty,
  request: ClientRequest<Result>,
): Promise<Result> {
  return attempt(rp, await rp.connect(), request)
}

/**
 * Makes a request that only this client can make, because a code or a refresh token belongs to it. If the provider refuses
 * the client, it is healed and the request made again: a refused client has used nothing up. `undefined` if another client
 * has taken its place.
 */
export function requestHealed<Result>(
  rp: RelyingParty,
  owner: Connection,
  request: ClientRequest<Result>,
): Promise<Result | undefined> {
  return attempt(rp, owner, async client =>
    client.clientId === owner.clientId ? await request(client) : undefined,
  )
}

async function attempt<Result>(
  rp: RelyingParty,
  connection: Connection,
  request: ClientRequest<Result>,
  attempts = 3,
): Promise<Result> {
  try {
    return await request(connection)
  } catch (error) {
    if (!(error instanceof OidcError) || error.code !== 'ERR_OIDC_CLIENT_REFUSED') throw error
    const healed = attempts > 1 ? await rp.heal(connection) : undefined
    if (!healed) throw error
    return attempt(rp, healed, request, attempts - 1)
  }
}
