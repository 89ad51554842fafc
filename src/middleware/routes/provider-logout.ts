import type { Response } from 'express'
import type { Connection } from '../../protocol/provider/connection.ts'
import {
  buildEndSessionForm,
  type EndSessionForm,
  type EndSessionRequest,
} from '../../protocol/sign-in/end-session.ts'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { startReturn } from '../../session/browser/post-logout-return.ts'
import type { Login } from '../../session/login/login.ts'
import { OidcError } from '../../vocabulary/errors.ts'

/** A login that has ended here. */
interface EndedLogin {
  readonly login: Login
  readonly idToken: string | undefined
  readonly returnTo: string
}

const SURVIVES =
  'Users who sign out here stay signed in at the provider, so the next sign-in may not ask for a password:'

/**
 * Starts the sign-out at the provider, or returns `undefined` if the provider has none or is unavailable: the user is signed out
 * here all the same. Rejects if the store fails.
 */
export async function startProviderLogout(
  rp: RelyingParty,
  res: Response,
  { login, idToken, returnTo }: EndedLogin,
): Promise<EndSessionForm | undefined> {
  const client = await connect(rp, login.clientId)
  if (!client) return undefined
  const { connection, isOwn } = client
  const request = await buildRequest(rp, res, connection, returnTo)
  const form = buildEndSessionForm(
    connection.metadata,
    isOwn ? { ...request, idTokenHint: idToken } : request,
  )
  if (!form) rp.settings.logOnce(`${SURVIVES} it has no end_session_endpoint.`)
  return form
}

/** The client that signs out. An ID token is only a valid hint while the client that the login began with is registered. */
async function connect(
  rp: RelyingParty,
  clientId: string,
): Promise<{ readonly connection: Connection; readonly isOwn: boolean } | undefined> {
  try {
    const own = await rp.connectAs(clientId)
    return { connection: own ?? (await rp.connect()), isOwn: own !== undefined }
  } catch (error) {
    if (!(error instanceof OidcError) || error.code === 'ERR_OIDC_STORE_UNAVAILABLE') throw error
    rp.settings.logOnce(`${SURVIVES} ${error.message} (${error.code})`)
    return undefined
  }
}

/** Providers answer a return address that is not registered with an error page. Without one, they show their own last page. */
async function buildRequest(
  rp: RelyingParty,
  res: Response,
  { clientId, postLogoutRedirectUris: registered = [] }: Connection,
  returnTo: string,
): Promise<EndSessionRequest> {
  const { client: byHand, postLogoutRedirectUri: uri, logOnce } = rp.settings
  if (uri === undefined) return { clientId }
  if (byHand || registered.includes(uri))
    return { clientId, postLogoutRedirectUri: uri, state: await startReturn(rp, res, returnTo) }
  logOnce(
    `Users who sign out end on the provider's own page, because it has not registered ${uri} as post_logout_redirect_uri.`,
  )
  return { clientId }
}
