import { isVisibleAscii } from '../../vocabulary/ascii.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { Fetch } from '../provider/bounded-fetch.ts'
import { isConfidential } from '../provider/confidential-url.ts'

/** A request to an API. Redirects are not an option: none may carry the access token to another address. */
export type ProtectedRequest = Omit<RequestInit, 'redirect'>

/** Allows an access token to be sent only to the origins that the app names, and only confidentially. */
export function verifyResource(url: string | URL, origins: readonly string[]): URL {
  const resource = URL.canParse(String(url)) ? new URL(url) : undefined
  if (resource && origins.includes(resource.origin) && isConfidential(resource)) return resource
  throw new OidcError('ERR_OIDC_ORIGIN_NOT_ALLOWED', {
    message: `The access token must not be sent to ${resource ? resource.origin : 'a relative or invalid URL'}. Name the origins of your APIs in options.apiOrigins.`,
  })
}

/** Sends a request with an access token (RFC 6750 §2.1). A redirect is returned, not followed. */
export async function fetchResource(
  fetch: Fetch,
  url: URL,
  request: ProtectedRequest,
  accessToken: string,
): Promise<Response> {
  refuseUnsendable(accessToken)
  const headers = new Headers(request.headers)
  headers.set('authorization', `Bearer ${accessToken}`)
  return fetch(url.href, { ...request, headers, redirect: 'manual' })
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
