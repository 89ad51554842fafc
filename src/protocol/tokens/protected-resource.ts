import * as client from 'openid-client'
import { isVisibleAscii } from '../../vocabulary/ascii.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { ProofKey } from '../keys/proof-keys.ts'
import type { Fetch } from '../requests/bounded-fetch.ts'
import { isConfidential } from '../requests/confidential-url.ts'
import { nonceWanted } from '../requests/provider-words.ts'

/** A request to an API. Redirects are not an option: none may carry the access token to another address. */
export type ProtectedRequest = Omit<RequestInit, 'redirect'>

/** An access token. */
export interface HeldToken {
  readonly accessToken: string
  /** The thumbprint of the key that it is bound to; `undefined` for a bearer token. */
  readonly jkt?: string | undefined
}

/** Allows an access token to be sent only to the origins that the app names, and only confidentially. */
export function verifyResource(url: string | URL, origins: readonly string[]): URL {
  const resource = URL.canParse(String(url)) ? new URL(url) : undefined
  if (resource && origins.includes(resource.origin) && isConfidential(resource)) return resource
  throw new OidcError('ERR_OIDC_ORIGIN_NOT_ALLOWED', {
    message: `The access token must not be sent to ${resource ? resource.origin : 'a relative or invalid URL'}. Name the origins of your APIs in options.apiOrigins.`,
  })
}

/**
 * Sends a request with an access token: as a bearer token (RFC 6750 §2.1), or with a proof of the key that it is bound to (RFC 9449
 * §7.1). A redirect is returned, not followed.
 */
export async function fetchResource(
  fetch: Fetch,
  url: URL,
  request: ProtectedRequest,
  { accessToken, key }: HeldToken & { readonly key: ProofKey | undefined },
): Promise<Response> {
  refuseUnsendable(accessToken)
  if (key) return fetchWithProof(fetch, url, request, { accessToken, key })
  const headers = new Headers(request.headers)
  headers.set('authorization', `Bearer ${accessToken}`)
  return fetch(url.href, { ...request, headers, redirect: 'manual' })
}

/**
 * An API that wants a nonce refuses the first request (RFC 9449 §9), and a stream cannot be sent twice. So a request without a body
 * asks for the nonce first.
 */
async function fetchWithProof(
  fetch: Fetch,
  url: URL,
  request: ProtectedRequest,
  token: BoundToken,
): Promise<Response> {
  if (!isRepeatable(request)) {
    const { signal = null } = request
    const answer = await sendProven(fetch, url, { method: 'HEAD', signal }, token)
    await answer.body?.cancel()
  }
  return sendProven(fetch, url, request, token)
}

interface BoundToken extends HeldToken {
  readonly key: ProofKey
}

/**
 * Lets `openid-client` make the proof, and send the request once more if the API wants another nonce. What it would change of
 * the request is put back, and its errors are replaced by what the last `fetch` returned or threw.
 */
async function sendProven(
  fetch: Fetch,
  url: URL,
  request: ProtectedRequest,
  { accessToken, key }: BoundToken,
): Promise<Response> {
  let last: Promise<Response> | undefined
  const configuration = new client.Configuration({ issuer: url.origin }, 'any')
  configuration.timeout = undefined // the app's own signal decides
  client.allowInsecureRequests(configuration) // verifyResource() has decided
  configuration[client.customFetch] = async (href, { method, headers }) => {
    if (last && !isRepeatable(request)) return last
    const refused = last
    last = fetch(href, { ...request, method, headers, redirect: 'manual' })
    const answer = await last
    await (await refused)?.body?.cancel()
    return answer
  }
  const headers = new Headers(request.headers)
  for (const name of ['authorization', 'dpop']) headers.delete(name)
  const { method = 'GET' } = request
  return client
    .fetchProtectedResource(configuration, accessToken, url, method, null, headers, { DPoP: key.forApis })
    .catch((error: unknown) => last ?? Promise.reject(error))
}

/** Whether a refusal says that the proof lacks a nonce, and so nothing about the token (RFC 9449 §9). */
export function wantsNonce({ headers }: Response): boolean {
  return headers.get('www-authenticate')?.includes(nonceWanted) ?? false
}

/** Whether a request can be sent twice: a stream is consumed by the first attempt. */
export function isRepeatable({ body }: ProtectedRequest): boolean {
  return (
    body === undefined ||
    body === null ||
    typeof body === 'string' ||
    body instanceof URLSearchParams ||
    body instanceof FormData ||
    body instanceof Blob ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body)
  )
}

/** A header holds only printable ASCII (RFC 9110 §5.5). Checked here, because the platform's own error would quote the token. */
export function isSendable(accessToken: string): boolean {
  return accessToken !== '' && isVisibleAscii(accessToken)
}

function refuseUnsendable(accessToken: string): void {
  if (isSendable(accessToken)) return
  throw new OidcError('ERR_OIDC_ACCESS_TOKEN_REFUSED', {
    message: "The provider's access token cannot be sent: it contains characters other than printable ASCII.",
  })
}
