import type { ClientInformation, ClientMetadata } from '../../vocabulary/oauth2-client.ts'
import { callApi } from './api-call.ts'
import { mergeAnswer, withoutServerMade } from './client-information.ts'
import { buildManagement, buildRegistrationUrl, type Registry } from './client-management.ts'
import { verifyClientMetadata } from './client-metadata-rules.ts'
import { readGranted } from './granted-client.ts'

/**
 * Registers a client: `POST {registration_endpoint}` with the JSON of an OAuth2Client → 201. The provider issues the id and
 * the secret, and returns the secret and the registration access token only this once.
 *
 * Ory's documentation lists 201 and 400. Hydra also answers 404 while registration is disabled, and 400 or 403 for members
 * that only an administrator may set.
 *
 * @param initialAccessToken - Sent as bearer token if the provider protects its registration (RFC 7591 §3).
 * @returns The client as granted, which may differ from what was asked for (RFC 7591 §3.2.1).
 * @see RFC 7591 §3
 */
export async function createOidcDynamicClient(
  registry: Registry,
  asked: ClientMetadata,
  initialAccessToken?: string,
): Promise<ClientInformation> {
  verifyClientMetadata(asked, 'create')
  const url = buildRegistrationUrl(registry)
  const authorization = initialAccessToken === undefined ? undefined : `Bearer ${initialAccessToken}`
  const operation = 'createOidcDynamicClient'
  const answer = await callApi(registry.fetch, {
    operation,
    method: 'POST',
    url,
    authorization,
    body: asked,
    expected: [201, 200],
  })
  return readGranted(answer, asked)
}

/**
 * Reads a registration: `GET {registration_client_uri}` → 200. Hydra leaves out the secret and the registration access
 * token, and answers 401 both for a deleted client and for a wrong token; its documentation expects the client's credentials.
 *
 * @returns The client with the newest credentials: those in the answer, otherwise those passed in.
 * @see RFC 7592 §2.1
 */
export async function getOidcDynamicClient(
  registry: Registry,
  client: ClientInformation,
): Promise<ClientInformation> {
  const operation = 'getOidcDynamicClient'
  return mergeAnswer(
    client,
    await callApi(registry.fetch, {
      operation,
      method: 'GET',
      ...buildManagement(registry, client),
      expected: [200],
    }),
  )
}

/**
 * Replaces a registration: `PUT {registration_client_uri}` with the JSON of an OAuth2Client → 200. Omitted members go
 * back to the provider's default. Hydra keeps the secret, answers 403 if one is sent, and issues a new registration
 * access token each time: store what this returns before anything else. Its documentation lists 200 and 404; it answers 401
 * instead of 404.
 *
 * @see RFC 7592 §2.2
 */
export async function setOidcDynamicClient(
  registry: Registry,
  client: ClientInformation,
  asked: ClientMetadata,
): Promise<ClientInformation> {
  const changes = withoutServerMade(client, asked)
  verifyClientMetadata(changes, 'set')
  const body = { ...changes, client_id: client.client_id }
  const operation = 'setOidcDynamicClient'
  const call = {
    operation,
    method: 'PUT',
    ...buildManagement(registry, client),
    body,
    expected: [200],
  } as const
  const answer = await callApi(registry.fetch, call)
  const { client_secret: chosen = client.client_secret } = changes // accepted, unless the answer contains a different one
  return mergeAnswer(chosen === undefined ? client : { ...client, client_secret: chosen }, answer)
}

/**
 * Deletes a registration: `DELETE {registration_client_uri}` → 204. At Hydra all tokens of the client become invalid, and
 * a second deletion is answered with 401.
 *
 * @see RFC 7592 §2.3
 */
export async function deleteOidcDynamicClient(registry: Registry, client: ClientInformation): Promise<void> {
  const operation = 'deleteOidcDynamicClient'
  await callApi(registry.fetch, {
    operation,
    method: 'DELETE',
    ...buildManagement(registry, client),
    expected: [204],
  })
}
