import type { Request, Response } from 'express'
import type { Connection } from '../../../protocol/provider/connection.ts'
import {
  buildEndSessionForm,
  type EndSessionForm,
  type EndSessionRequest,
  endsSessions,
  takesReturnAddress,
} from '../../../protocol/sign-in/end-session.ts'
import {
  chooseReturnAddress,
  joinLogoutParameters,
  type LogoutParameters,
} from '../../../protocol/sign-in/logout-parameters.ts'
import { parseLogoutParameters } from '../../../relying-party/options/parse-logout.ts'
import type { Settings } from '../../../relying-party/options/settings.ts'
import type { RelyingParty } from '../../../relying-party/relying-party.ts'
import { startReturn } from '../../../session/browser/post-logout-return.ts'
import type { Login } from '../../../session/login/login.ts'
import { OidcError } from '../../../vocabulary/errors.ts'
import { asError } from '../../request/fail.ts'
import { callHook } from '../sign-in/run-hooks.ts'

/** A login that has ended here. */
interface EndedLogin {
  readonly login: Login
  readonly idToken: string | undefined
  readonly returnTo: string
  /** Parameters of this sign-out only. */
  readonly parameters: LogoutParameters
}

const SURVIVES =
  'Users who sign out here stay signed in at the provider, so the next sign-in may not ask for a password:'

const MISSING =
  'it has no end_session_endpoint. If it has one that its configuration does not name, set options.endpoints.end_session_endpoint. If it has none, options.logoutRequest: false does the same without this message.'

const UNKNOWN = "Users who sign out end on the provider's own page, because it has not registered"

/** Without the address, which a function may make for each user. */
const OWN_UNKNOWN =
  'the post_logout_redirect_uri in logoutParameters. Add it to options.metadata.post_logout_redirect_uris.'

/**
 * Starts the sign-out at the provider, or returns `undefined` if the provider has none or is unavailable: the user is signed out
 * here all the same. Rejects if the store fails, or if the parameters of the app cannot be sent.
 */
export async function startProviderLogout(
  rp: Pick<RelyingParty, 'settings' | 'sealer' | 'connect' | 'connectAs'>,
  req: Request,
  res: Response,
  ended: EndedLogin,
): Promise<EndSessionForm | undefined> {
  const parameters = await readParameters(rp.settings, req, ended)
  const client = await connect(rp, ended.login.clientId)
  if (!client) return undefined
  const { metadata } = client.connection
  if (!endsSessions(metadata)) {
    rp.settings.logOnce(`${SURVIVES} ${MISSING}`)
    return undefined
  }
  const idTokenHint = client.isOwn ? ended.idToken : undefined
  const request = await buildRequest(rp, req, res, client.connection, { ...ended, idTokenHint, parameters })
  return buildEndSessionForm(metadata, request, parameters)
}

/** The app's own parameters. What a function of the app returns is checked here, because it could not be at the start. */
async function readParameters(
  { logoutParameters }: Settings,
  req: Request,
  { login, parameters }: EndedLogin,
): Promise<LogoutParameters> {
  const own = parseLogoutParameters(parameters)
  const usual = await callHook(logoutParameters, login, req).catch(thrown => {
    const { message } = asError(thrown)
    throw new OidcError('ERR_OIDC_INVALID_OPTION', {
      message: `options.logoutParameters failed: ${message}`,
      cause: thrown,
    })
  })
  return joinLogoutParameters(parseLogoutParameters(usual), own)
}

/** The client that signs out. An ID token is only a valid hint while the client that the login began with is registered. */
async function connect(
  rp: Pick<RelyingParty, 'settings' | 'connect' | 'connectAs'>,
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

/**
 * Providers answer a return address that is not registered with an error page. Without one, they show their own last page. An
 * address of the app's own gets no `state`: only the route for it would know what that means.
 */
async function buildRequest(
  rp: Pick<RelyingParty, 'settings' | 'sealer'>,
  req: Request,
  res: Response,
  { clientId, metadata, postLogoutRedirectUris: registered = [] }: Connection,
  { idTokenHint, parameters, returnTo }: EndedLogin & Pick<EndSessionRequest, 'idTokenHint'>,
): Promise<EndSessionRequest> {
  const { client: byHand, postLogoutRedirectUri: usual, logOnce } = rp.settings
  const request = { clientId, idTokenHint }
  const uri = chooseReturnAddress(parameters, usual)
  if (uri === undefined || !takesReturnAddress(metadata, idTokenHint, parameters)) return request
  if (!byHand && !registered.includes(uri)) {
    logOnce(`${UNKNOWN} ${uri === usual ? `${uri} as post_logout_redirect_uri.` : OWN_UNKNOWN}`)
    return request
  }
  if (uri !== usual) return { ...request, postLogoutRedirectUri: uri }
  return { ...request, postLogoutRedirectUri: uri, state: await startReturn(rp, req, res, returnTo) }
}
