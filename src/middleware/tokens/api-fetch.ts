import { requireProofKey } from '../../protocol/client-authentication/token-proofs.ts'
import type { ProofKey, ProofKeys } from '../../protocol/keys/proof-keys.ts'
import {
  fetchResource,
  type HeldToken,
  isRepeatable,
  type ProtectedRequest,
  verifyResource,
  wantsNonce,
} from '../../protocol/tokens/protected-resource.ts'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import type { AccessTokenOptions } from '../../session/tokens/access-token-request.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { TokenSource } from './token-source.ts'

/** A request to one of the app's APIs: options of `fetch`, and the requirements for its access token. */
export interface ApiRequest extends ProtectedRequest, AccessTokenOptions {}

/**
 * Calls an API with the user's access token. If the API answers 401, the token is renewed and the request sent once more. A token whose
 * key is gone is renewed first.
 *
 * @throws {@link OidcError} `ERR_OIDC_ORIGIN_NOT_ALLOWED`, or why there is no token.
 */
export async function fetchApi(
  { settings, proofKeys }: Pick<RelyingParty, 'settings' | 'proofKeys'>,
  getToken: TokenSource,
  url: string | URL,
  { minValidity, scope, resource, ...request }: ApiRequest = {},
): Promise<Response> {
  const address = verifyResource(url, settings.apiOrigins)
  const options = {
    ...(minValidity !== undefined && { minValidity }),
    ...(scope !== undefined && { scope }),
    ...(resource !== undefined && { resource }),
  }
  const token = await getToken(options)
  const ready = await withKey(proofKeys, token).catch(async (error: unknown) => {
    if (!(error instanceof OidcError) || error.code !== 'ERR_OIDC_ACCESS_TOKEN_REFUSED') throw error
    const renewed = await getToken(options, token.accessToken) // bound to a key that is there
    if (renewed.accessToken === token.accessToken) throw error
    return withKey(proofKeys, renewed)
  })
  const response = await fetchResource(settings.fetch, address, request, ready)
  if (response.status !== 401 || wantsNonce(response)) return response
  const renewed = await renewedToken(getToken, options, ready.accessToken)
  if (renewed === undefined || !isRepeatable(request)) return response
  await response.body?.cancel()
  return fetchResource(settings.fetch, address, request, await withKey(proofKeys, renewed))
}

/** Adds the key that a token is bound to. */
async function withKey(
  keys: ProofKeys | undefined,
  token: HeldToken,
): Promise<HeldToken & { readonly key: ProofKey | undefined }> {
  return { ...token, key: token.jkt === undefined ? undefined : await requireProofKey(keys, token.jkt) }
}

/** If there is no other token, the API's response is the result. */
async function renewedToken(
  getToken: TokenSource,
  options: AccessTokenOptions,
  refused: string,
): Promise<HeldToken | undefined> {
  try {
    const token = await getToken(options, refused)
    return token.accessToken === refused ? undefined : token
  } catch (error) {
    if (error instanceof OidcError) return undefined
    throw error
  }
}
