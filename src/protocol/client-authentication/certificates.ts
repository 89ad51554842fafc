import { isObject, type JsonObject } from '../../vocabulary/json.ts'
import type { RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import { withoutEmpty } from '../requests/lenient-answers.ts'

/** Methods with which the certificate of the TLS connection proves who the client is (RFC 8705 §2). */
export function isCertificateMethod(method: unknown): boolean {
  return method === 'tls_client_auth' || method === 'self_signed_tls_client_auth'
}

/** Whether a client presents a certificate to the provider. The app's `fetch` has it. */
export function usesCertificate(metadata: RequestedMetadata): boolean {
  return (
    isCertificateMethod(metadata.token_endpoint_auth_method) ||
    metadata['tls_client_certificate_bound_access_tokens'] === true ||
    metadata['use_mtls_endpoint_aliases'] === true
  )
}

/** The endpoints that the app itself calls. A browser does not have the app's certificate, so it uses the others. */
const aliased = [
  'token_endpoint',
  'userinfo_endpoint',
  'registration_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'pushed_authorization_request_endpoint',
]

/** Puts the endpoints at which the provider asks for certificates in the place of the others (RFC 8705 §5). */
export function withAliases(document: JsonObject): JsonObject {
  const { mtls_endpoint_aliases: aliases } = document
  if (!isObject(aliases)) return document
  const named = Object.entries(withoutEmpty(aliases)).filter(([name]) => aliased.includes(name))
  return { ...document, ...Object.fromEntries(named) }
}
