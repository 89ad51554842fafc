import type { ClientInformation, ClientMetadata } from '../../vocabulary/oauth2-client.ts'
import { callApi } from './api-call.ts'
import { mergeAnswer, verifyGranted, withoutServerMade } from './client-information.ts'
import { buildManagement, buildRegistrationUrl, type Registry } from './client-management.ts'
import { verifyClientMetadata } from './client-metadata-rules.ts'

/**
 * Registers a client: `POST {registration_endpoint}` with the JSON of an OAuth2Client → 201. The provider makes the id and
 * the secret, and shows the secret and the registration access token this one time.
 *
 * Ory's documents name 201 and 400. Hydra also answers 404 while registration is switched off, and 400 or 403 for members
 * that only an administrator may set.
 *
 * @param initialAccessToken - Sent as bearer token where the provider guards its registration (RFC 7591 §3).
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
  return verifyGranted(answer, asked)
}

/**
 * Reads a registration: `GET {registration_client_uri}` → 200. Hydra answers without secret and without registration access
 * token, and 401 alike for a deleted client and for a wrong token; its documents speak of the client's credentials.
 *
 * @returns The client, with the newest credentials: those of the answer, else those it was called with.
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
 * Replaces a registration: `PUT {registration_client_uri}` with the JSON of an OAuth2Client → 200. What is left out goes
 * back to the provider's default. Hydra keeps the secret, refuses one that is sent with 403, and issues a new registration
 * access token each time: record what this returns before anything else. Its documents name 200 and 404; it answers 401
 * where they say 404.
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
  const { client_secret: chosen = client.client_secret } = changes // taken, unless the answer brings another one
  return mergeAnswer(chosen === undefined ? client : { ...client, client_secret: chosen }, answer)
}

/**
 * Deletes a registration: `DELETE {registration_client_uri}` → 204. At Hydra every token of the client dies with it, and
 * a second deletion is answered 401.
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
