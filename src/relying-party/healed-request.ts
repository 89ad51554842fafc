import type { Connection } from '../protocol/provider/connection.ts'
import { OidcError } from '../vocabulary/errors.ts'

/** A request to the provider as one of this app's clients. */
export type ClientRequest<Result> = (connection: Connection) => Promise<Result>

/** Brings a client back that the provider refused, or another one in its place; `undefined` if that is not possible. */
export type Heal = (refused: Connection) => Promise<Connection | undefined>

/** Makes a request. If the provider refuses the client, the client is healed and the request is repeated. */
export async function requestHealed<Result>(
  make: ClientRequest<Result>,
  connection: Connection,
  heal: Heal,
  attempts = 3,
): Promise<Result> {
  try {
    return await make(connection)
  } catch (error) {
    if (!(error instanceof OidcError) || error.code !== 'ERR_OIDC_CLIENT_REFUSED') throw error
    const healing = attempts > 1 ? heal(connection) : undefined
    const healed = await healing?.catch(failure => {
      throw withWords(failure, error)
    })
    if (!healed) throw error
    return requestHealed(make, healed, heal, attempts - 1)
  }
}

/** Adds to a refusal of the client what the provider said when it refused the request. */
function withWords(failure: unknown, { error, description }: OidcError): unknown {
  const isRefusal = failure instanceof OidcError && failure.code === 'ERR_OIDC_CLIENT_REFUSED'
  if (!isRefusal || error === undefined || failure.error !== undefined) return failure
  const words = description === undefined ? error : `${error}, "${description}"`
  const message = `${failure.message} It answered: ${words}.`
  return new OidcError(failure.code, {
    message,
    cause: failure,
    error,
    description,
    clientId: failure.clientId,
  })
}
