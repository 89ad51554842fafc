import type { IncomingMessage } from 'node:http'
import type { HeldToken } from '../../protocol/tokens/protected-resource.ts'
import type { Login } from '../../session/login/login.ts'
import { markOver } from '../../session/login/request-login.ts'
import type { AccessTokenOptions } from '../../session/tokens/access-token-request.ts'
import type { ObtainAccessToken } from '../../session/tokens/obtain-access-token.ts'
import { OidcError } from '../../vocabulary/errors.ts'

/** Gets the access token of this request's login, and not the one that the API has refused. */
export type TokenSource = (options: AccessTokenOptions, refused?: string) => Promise<HeldToken>

/** Finds access tokens for a request. If the provider has ended its login, its session says so from now on. */
export function tokenSource(
  obtain: ObtainAccessToken,
  req: IncomingMessage,
  login: Login | undefined,
): TokenSource {
  return async (options, refused) => {
    try {
      return await obtain(login, options, refused)
    } catch (error) {
      if (login && error instanceof OidcError && error.code === 'ERR_OIDC_LOGIN_ENDED') markOver(req, login)
      throw error
    }
  }
}
