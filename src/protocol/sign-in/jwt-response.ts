import type { JWTPayload } from 'jose'
import { decodeJwt } from 'jose/jwt/decode'
import { OidcError } from '../../vocabulary/errors.ts'
import { isEncrypted, UnopenedResponse } from '../keys/response-encryption.ts'
import type { Connection } from '../provider/connection.ts'
import { failedVerification } from '../tokens/failed-verification.ts'
import { openForAny } from '../tokens/open-for-any.ts'
import { verifySignature } from '../tokens/signature.ts'
import { otherKind } from '../tokens/token-kind.ts'

/** Signed answers are 0.8 to 1.5 kB long. Anyone can send one, so its length is limited before it is read. */
const LONGEST = 16_384

/** How the clients of this app are found by their ids. */
export interface ClientFinder {
  readonly current: () => Promise<Connection>
  /** Every client that this process knows. */
  readonly all: () => Promise<readonly Connection[]>
  /** A client that this process knows. */
  readonly known: (clientId: string) => Promise<Connection | undefined>
  /** The same, also from the store. */
  readonly lookedUp: (clientId: string) => Promise<Connection | undefined>
}

/**
 * Opens an authorization response that is a JWT: verifies it and returns its parameters. The transaction is found by one of them,
 * so nothing else is known yet, and the JWT itself says which client it is for.
 *
 * @throws {@link OidcError} `ERR_OIDC_CALLBACK_INVALID`; `ERR_OIDC_PROVIDER_UNAVAILABLE` without the provider's keys.
 * @see JWT Secured Authorization Response Mode (JARM) §2.4
 */
export async function openResponse(
  parameters: URLSearchParams,
  clients: ClientFinder,
): Promise<URLSearchParams> {
  const response = takeResponse(parameters)
  const jwt = await decrypt(response, clients)
  const client = await findClient(jwt, clients)
  if (!isEncrypted(response)) await refusePlain(client, response)
  const payload = await verify(client, jwt)
  const texts = Object.entries(payload).filter(
    (claim): claim is [string, string] => typeof claim[1] === 'string',
  )
  return new URLSearchParams(texts.filter(([name]) => name !== 'aud'))
}

/** The `state` that a response claims to have. Not verified: only to tell whether this app may have asked for it. */
export function claimedState(parameters: URLSearchParams): string | undefined {
  const { state } = payloadOf(parameters.get('response') ?? '') ?? {}
  return typeof state === 'string' ? state : undefined
}

/** The app asked for a signed response, so it refuses one that is not signed. */
function takeResponse(parameters: URLSearchParams): string {
  const [jwt, another] = parameters.getAll('response')
  if (!jwt) throw reject('response is missing, and the app asked for a signed response')
  if (another !== undefined) throw reject('response occurs more than once')
  if (jwt.length > LONGEST) throw reject(`response is longer than ${LONGEST} characters`)
  return jwt
}

async function decrypt(response: string, { all }: ClientFinder): Promise<string> {
  if (!isEncrypted(response)) return response
  const opened = await openForAny('authorization', response, await all())
  if (opened === undefined) throw reject("it is encrypted, and none of the app's keys opens it")
  return opened
}

/** Where encryption is registered, nothing else is accepted. */
async function refusePlain(client: Connection, response: string): Promise<void> {
  await client.openResponse('authorization', response).catch(error => {
    throw error instanceof UnopenedResponse ? reject(error.message, error) : error
  })
}

/** Clients that are not known are looked up only for a JWT that the provider has signed: a stranger can write any client id. */
async function findClient(jwt: string, clients: ClientFinder): Promise<Connection> {
  const { aud } = payloadOf(jwt) ?? {}
  const [clientId, another] = [aud].flat()
  if (clientId === undefined || another !== undefined) throw reject('it is not a JWT for one audience')
  const known = await clients.known(clientId)
  if (known) return known
  const current = await clients.current()
  await verify({ ...current, clientId }, jwt)
  const found = await clients.lookedUp(clientId)
  if (found) return found
  throw reject('its aud is not this app')
}

async function verify(connection: Connection, jwt: string): Promise<JWTPayload> {
  const { metadata, clientId, responseAlgorithms, clock, keys } = connection
  const expected = { issuer: metadata.issuer, audience: clientId, algorithms: [...responseAlgorithms] }
  const { payload, protectedHeader } = await verifySignature({ getKey: keys.getKeyForStranger }, jwt, {
    ...expected,
    clockTolerance: clock.tolerance,
    requiredClaims: ['exp'],
  }).catch(error => {
    throw error instanceof OidcError ? error : reject(failedVerification(error, expected, jwt), error)
  })
  const other = otherKind(protectedHeader, payload)
  if (other) throw reject(other)
  return payload
}

function payloadOf(jwt: string): JWTPayload | undefined {
  try {
    return decodeJwt(jwt)
  } catch {
    return undefined // the verification reports it
  }
}

function reject(problem: string, cause?: unknown): OidcError {
  return new OidcError('ERR_OIDC_CALLBACK_INVALID', {
    cause,
    message: `The sign-in response is not valid: ${problem}.`,
  })
}
