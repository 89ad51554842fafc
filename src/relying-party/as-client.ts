import type { Connection } from '../protocol/connection.ts'
import { OidcError } from '../vocabulary/errors.ts'
import type { RelyingParty } from './relying-party.ts'

/**
 * Does something at the provider as our current client. If the provider refuses the client, it is healed, and all is done
 * again from the start, perhaps as another client.
 */
export async function asClient<Result>(
  rp: RelyingParty,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  return attempt(rp, await rp.connect(), work, 3)
}

async function attempt<Result>(
  rp: RelyingParty,
  connection: Connection,
  work: (connection: Connection) => Promise<Result>,
  attempts: number,
): Promise<Result> {
  try {
    return await work(connection)
  } catch (error) {
    if (!(error instanceof OidcError) || error.code !== 'ERR_OIDC_CLIENT_REFUSED') throw error
    const healed = attempts > 1 ? await rp.heal(connection) : undefined
    if (!healed) throw error
    return attempt(rp, healed, work, attempts - 1)
  }
}
