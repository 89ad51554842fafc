import type { ClientInformation, ClientMetadata } from '../vocabulary/client-metadata.ts'
import { OidcError } from '../vocabulary/errors.ts'
import type { Provider } from './connection.ts'
import { reasonOf } from './http.ts'

/**
 * Registers a client (RFC 7591 §3, OpenID Connect Dynamic Client Registration 1.0 §3.1). The provider makes the client
 * id and the secret and shows them once, in this answer.
 *
 * @param initialAccessToken - Sent as bearer token where the provider guards its registration (RFC 7591 §3).
 * @throws {@link OidcError} `ERR_OIDC_REGISTRATION_REFUSED` when the provider said no, `ERR_OIDC_REGISTRATION_FAILED`
 * when it is not known whether a client was made.
 */
export async function createOidcDynamicClient(
  provider: Provider,
  asked: ClientMetadata,
  initialAccessToken: string | undefined,
): Promise<ClientInformation> {
  const { metadata, fetch } = provider
  const url = metadata.registration_endpoint ?? `${metadata.issuer.replace(/\/$/, '')}/oauth2/register`
  const authorization =
    initialAccessToken === undefined ? {} : { authorization: `Bearer ${initialAccessToken}` }
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...authorization },
    body: JSON.stringify(asked),
  }).catch(error => {
    throw new OidcError('ERR_OIDC_REGISTRATION_FAILED', {
      message: `The app could not be registered at ${url}: ${reasonOf(error)}.`,
      cause: error,
    })
  })
  const body: unknown = await response.json().catch(() => undefined)
  if (response.status !== 201 && response.status !== 200) throw refusal(url, response.status, body)
  return verifyGrant(url, asked, body)
}

function refusal(url: string, status: number, body: unknown): OidcError {
  const code =
    status >= 500 || status === 429 ? 'ERR_OIDC_REGISTRATION_FAILED' : 'ERR_OIDC_REGISTRATION_REFUSED'
  const { error, error_description: description } = asRecord(body)
  const words = [error, description].filter(word => typeof word === 'string').join(': ')
  return new OidcError(code, {
    message: `The provider did not register this app at ${url}: HTTP ${status}${words && ` – ${words.slice(0, 300)}`}. ${mend(status)}`,
    error: typeof error === 'string' ? error : undefined,
  })
}

function mend(status: number): string {
  if (status === 401 || status === 403)
    return 'If the provider wants an initial access token, set options.initialAccessToken.'
  if (status === 404)
    return 'Is dynamic client registration switched on there? Else set options.client to a client that was made by hand.'
  return 'Correct the option that the provider names, or set options.client to a client that was made by hand.'
}

/** The provider may change what was asked (RFC 7591 §3.2.1); what the sign-in rests on must have stayed. */
function verifyGrant(url: string, asked: ClientMetadata, body: unknown): ClientInformation {
  const granted = asRecord(body)
  const reject = (problem: string): never => {
    throw new OidcError('ERR_OIDC_REGISTRATION_REFUSED', {
      message: `The answer of ${url} cannot be used: ${problem}.`,
    })
  }
  const { client_id, client_secret, redirect_uris, token_endpoint_auth_method: method } = granted
  if (typeof client_id !== 'string' || client_id === '' || client_id.length > 512)
    reject('client_id is missing')
  if (client_secret !== undefined && typeof client_secret !== 'string')
    reject('client_secret is not a string')
  if (client_secret === undefined && asked.token_endpoint_auth_method?.startsWith('client_secret'))
    reject('client_secret is missing')
  if (method !== undefined && method !== asked.token_endpoint_auth_method) {
    reject(
      `token_endpoint_auth_method is ${JSON.stringify(method)} instead of ${asked.token_endpoint_auth_method}`,
    )
  }
  if (Array.isArray(redirect_uris) && !sameMembers(redirect_uris, asked.redirect_uris ?? []))
    reject('redirect_uris are not the ones that were asked for')
  return granted as unknown as ClientInformation
}

function sameMembers(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every(member => other.includes(member))
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {}
}
