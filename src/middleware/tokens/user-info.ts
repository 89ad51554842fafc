import type { IncomingMessage } from 'node:http'
import { isDeepStrictEqual } from 'node:util'
import type { Connection } from '../../protocol/provider/connection.ts'
import type { TokenSet } from '../../protocol/sign-in/authorization.ts'
import { getOidcUserInfo, hasUserInfo } from '../../protocol/tokens/user-info.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import type { Login } from '../../session/login/login.ts'
import type { Logins } from '../../session/logout/logins.ts'
import { rewriteLogin } from '../../session/logout/rewrite-login.ts'
import { OidcApiError } from '../../vocabulary/api-error.ts'
import { buildUser } from '../../vocabulary/claims.ts'
import { addClaims, fetchedClaims } from '../../vocabulary/claims-elsewhere.ts'
import { withoutSources } from '../../vocabulary/distributed-claims.ts'
import { nameClient, OidcError } from '../../vocabulary/errors.ts'
import { publish } from '../../vocabulary/events.ts'
import { freezeDeep, type JsonObject } from '../../vocabulary/json.ts'
import type { TokenSource } from './token-source.ts'

/**
 * The UserInfo for a sign-in, or `undefined` if the sign-in does without.
 *
 * @throws {@link OidcError} If it is required; and always `ERR_OIDC_USER_INFO_INVALID` if it is another user's (OpenID
 * Connect Core 1.0 §5.3.2).
 */
export async function getUserInfoAtLogin(
  settings: Settings,
  connection: Connection,
  { claims, ...token }: TokenSet,
): Promise<JsonObject | undefined> {
  const { atLogin, isRequired } = settings.userInfo
  if (!atLogin || !hasUserInfo(connection)) return undefined
  try {
    return await getOidcUserInfo(await connection.at(claims.iss), token, claims.sub)
  } catch (error) {
    if (isRequired || !(error instanceof OidcError) || error.code === 'ERR_OIDC_USER_INFO_INVALID')
      throw error
    tellFailure(settings, connection.clientId, error)
    return undefined
  }
}

/**
 * Fetches UserInfo for a login, as its own client, because a signed response is made for that client. A refused token is
 * renewed once.
 */
export async function fetchUserInfo(
  rp: Pick<RelyingParty, 'connect' | 'connectAs'>,
  login: Login,
  getToken: TokenSource,
): Promise<JsonObject> {
  const token = await getToken({})
  const client = (await rp.connectAs(login.clientId)) ?? (await rp.connect())
  const connection = await client.at(login.claims.iss)
  try {
    return withoutSources(await getOidcUserInfo(connection, token, login.user.sub))
  } catch (error) {
    if (!(error instanceof OidcApiError) || error.providerStatus !== 401) throw error
    const renewed = await getToken({}, token.accessToken)
    if (renewed.accessToken === token.accessToken) throw error
    return withoutSources(await getOidcUserInfo(connection, renewed, login.user.sub))
  }
}

/**
 * Joins UserInfo to the claims of a login, and saves the session if anything changed. `undefined` if the login has ended in the
 * meantime.
 */
export async function keepUserInfo(
  logins: Logins,
  req: IncomingMessage,
  login: Login,
  userInfo: JsonObject,
): Promise<Login | undefined> {
  const user = addClaims(buildUser(login.claims, userInfo), fetchedClaims(login.user))
  if (isDeepStrictEqual(user, login.user)) return login
  const changed = freezeDeep<Login>({ ...login, user, userInfoAt: Date.now() })
  return (await rewriteLogin(logins, req, changed)) ? changed : undefined
}

/** Reports that UserInfo could not be fetched and that the request continues without it. */
export function tellFailure({ issuer, failures }: Settings, clientId: string, error: OidcError): void {
  failures.report(nameClient(error, clientId), 'UserInfo could not be fetched: ')
  publish('userinfo.failed', { issuer, clientId, error })
}
