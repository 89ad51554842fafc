// The script's own tests drive it with fetch and openid-client; the script itself does not know that library.
import * as client from 'openid-client'
import type { ScriptedHydra } from '../scripted-hydra.ts'
import { REDIRECT_URI, SIGNED_OUT } from '../scripted-provider/driver.ts'

export interface Registered {
  readonly [member: string]: unknown
  readonly client_id: string
  readonly client_secret?: string
  readonly registration_access_token: string
  readonly registration_client_uri: string
}

/** What the tests register, unless they say otherwise. */
export const METADATA = {
  redirect_uris: [REDIRECT_URI],
  post_logout_redirect_uris: [SIGNED_OUT],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
}

/** Sends JSON, as a client that manages its registration. */
export function send(url: string, method: string, token?: string, body?: object | string): Promise<Response> {
  return fetch(url, {
    method,
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
}

/** Asks for a client with exactly this metadata. */
export function post({ issuer }: ScriptedHydra, metadata: object | string): Promise<Response> {
  return send(`${issuer}/oauth2/register`, 'POST', undefined, metadata)
}

/** Registers a client. */
export async function register(hydra: ScriptedHydra, metadata: object = {}): Promise<Registered> {
  const response = await post(hydra, { ...METADATA, ...metadata })
  if (response.status !== 201) throw new Error(await response.text())
  return (await response.json()) as Registered
}

/** Registers a client and returns what `openid-client` needs to act as it. */
export async function configure(
  hydra: ScriptedHydra,
  metadata: object = {},
  authentication: client.ClientAuth = client.ClientSecretBasic(),
): Promise<client.Configuration> {
  const registered = await register(hydra, metadata)
  return configurationOf(hydra, registered, authentication)
}

/** What `openid-client` needs to act as a client that is registered. */
export function configurationOf(
  { issuer }: ScriptedHydra,
  { client_id, client_secret }: Pick<Registered, 'client_id' | 'client_secret'>,
  authentication: client.ClientAuth = client.ClientSecretBasic(),
): Promise<client.Configuration> {
  const secret = client_secret === undefined ? {} : { client_secret }
  return client.discovery(new URL(issuer), client_id, secret, authentication, {
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
  })
}

/** The status and the JSON of an answer. */
export async function said(
  pending: Response | Promise<Response>,
): Promise<{ status: number; body: unknown }> {
  const response = await pending
  return { status: response.status, body: await response.json() }
}

/** Where an answer redirects to, without the query, and the query. */
export function redirectOf(response: Response): { to: string; query: Record<string, string> } {
  const { origin, pathname, searchParams } = new URL(response.headers.get('location') ?? '')
  return { to: origin + pathname, query: Object.fromEntries(searchParams) }
}
