import * as client from 'openid-client'
import { OidcError } from '../../vocabulary/errors.ts'
import type { ClientMetadata, JsonWebKey, RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import { requestAudience } from '../metadata/quirks.ts'
import { type Authenticator, algorithmOf, importPrivateKey, timesOf } from './client-assertion.ts'

/** Signs the parameters of an authorization request: returns those that are sent. */
export type SignRequest = (
  configuration: client.Configuration,
  parameters: Readonly<Record<string, string>>,
) => Promise<URLSearchParams>

/** Whether a client signs its authorization requests (RFC 9101 §10.5). */
export function signsRequests(metadata: RequestedMetadata): boolean {
  const { request_object_signing_alg: algorithm = 'none' } = metadata
  return metadata['require_signed_request_object'] === true || ![null, 'none'].includes(algorithm)
}

/**
 * Builds the function that signs requests with the client's key, the same one as for its assertions. The times are set as in those,
 * for providers whose clock is slower.
 *
 * @see RFC 9101 §4
 */
export function requestSigner(
  clientId: string,
  privateKey: JsonWebKey | undefined,
  provider: Authenticator,
): SignRequest {
  if (!privateKey) throw withoutKey(clientId)
  const algorithm = algorithmOf(privateKey, provider)
  const signing = importPrivateKey({ ...privateKey, ...(algorithm && { alg: algorithm }) })
  signing.catch(() => undefined) // each request gets the failure
  const kid = privateKey.kid === undefined ? {} : { kid: privateKey.kid }
  return async (configuration, parameters) => {
    const key = { key: await signing, ...kid }
    const url = await client.buildAuthorizationUrlWithJAR(configuration, parameters, key, {
      [client.modifyAssertion](header, payload) {
        if (algorithm !== undefined) header['alg'] = algorithm // EdDSA has two names (RFC 9864 §2.2)
        const times = timesOf(provider)
        Object.assign(payload, times, { nbf: times.iat, aud: requestAudience(provider.metadata) })
      },
    })
    return url.searchParams
  }
}

function withoutKey(clientId: string): OidcError {
  return new OidcError('ERR_OIDC_CLIENT_METADATA_INVALID', {
    message: `Client ${clientId} has to sign its requests, but the app has no key for it. Set options.client.privateKey, or let the app register a client: npx express-oidc-rp client register.`,
  })
}

/** A provider may register an algorithm by default for requests that need not be signed. */
export function mustSign({ require_signed_request_object: isRequired }: ClientMetadata): ClientMetadata {
  return isRequired === true ? { require_signed_request_object: true } : {}
}
