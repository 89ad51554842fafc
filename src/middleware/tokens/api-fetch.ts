import {
  fetchResource,
  isRepeatable,
  type ProtectedRequest,
  verifyResource,
} from '../../protocol/tokens/protected-resource.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import type { AccessTokenOptions } from '../../session/tokens/access-token-request.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { TokenSource } from './token-source.ts'

/** A request to one of the app's APIs: options of `fetch`, and the requirements for its access token. */
export interface ApiRequest extends ProtectedRequest, AccessTokenOptions {}

/**
 * Calls an API with the user's access token. If the API answers 401, the token is renewed and the request sent once more.
 *
 * @throws {@link OidcError} `ERR_OIDC_ORIGIN_NOT_ALLOWED`, or why there is no token.
 */
export async function fetchApi(
  { apiOrigins, fetch }: Settings,
  getToken: TokenSource,
  url: string | URL,
  { minValidity, scope, resource, ...request }: ApiRequest = {},
): Promise<Response> {
  const address = verifyResource(url, apiOrigins)
  const options = {
    ...(minValidity !== undefined && { minValidity }),
    ...(scope !== undefined && { scope }),
    ...(resource !== undefined && { resource }),
  }
  const token = await getToken(options)
  const response = await fetchResource(fetch, address, request, token)
  if (response.status !== 401) return response
  const renewed = await renewedToken(getToken, options, token)
  if (renewed === undefined || !isRepeatable(request)) return response
  await response.body?.cancel()
  return fetchResource(fetch, address, request, renewed)
}

/** If there is no other token, the API's response is the result. */
async function renewedToken(
  getToken: TokenSource,
  options: AccessTokenOptions,
  refused: string,
): Promise<string | undefined> {
  try {
    const token = await getToken(options, refused)
    return token === refused ? undefined : token
  } catch (error) {
    if (error instanceof OidcError) return undefined
    throw error
  }
}
