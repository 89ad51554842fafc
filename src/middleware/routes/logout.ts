import type { Request, Response } from 'express'
import {
  buildEndSessionForm,
  buildEndSessionUrl,
  type EndSessionForm,
} from '../../protocol/sign-in/end-session.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { startReturn } from '../../session/browser/post-logout-return.ts'
import { writeSilentMark } from '../../session/browser/silent-login-cookie.ts'
import { readHeldLogin, readLogin } from '../../session/login/login.ts'
import { ownerOf } from '../../session/login-owner.ts'
import { endOwnLogin } from '../../session/logout/end-logins.ts'
import type { SessionRelyingParty } from '../../session/session-relying-party.ts'
import { startRevocation } from '../../session/tokens/revoke-on-logout.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { publish } from '../../vocabulary/events.ts'
import { buildConfirmation, buildLogoutConfirmation, buildLogoutForm } from '../pages/logout-page.ts'
import { forbidFrames, sendPage, sendRedirect } from '../request/answer.ts'
import { isDocument } from '../request/navigation.ts'
import { readForm, readQuery, single } from '../request/request-parameters.ts'
import { stateOf } from '../request/request-state.ts'
import { buildReturnUrl } from '../request/return-url.ts'
import type { Route } from './route.ts'
import { runHook } from './run-hooks.ts'

/** Options for one sign-out. */
export interface LogoutOptions {
  /** A path of this app where the sign-out ends. Default: the start page. */
  readonly returnTo?: string
}

/** Characters that a URL may have on its way to the provider. */
const LONGEST_URL = 4_096

const SURVIVES =
  'Users who sign out here stay signed in at the provider, so the next sign-in may not ask for a password:'

const NO_DOCUMENT =
  'GET signs out only when a browser opens the address in a tab, not for a script, an image or a frame. Send POST instead.'

/**
 * Makes the route that signs out: `POST /logout`, or `GET` when a page of this app links to it. Requests from other sites are
 * confirmed.
 */
export function logout(rp: SessionRelyingParty): Route {
  return {
    methods: ['GET', 'POST'],
    async handle(req, res) {
      if (req.method === 'GET' && !isDocument(req)) {
        res.setHeader('Allow', 'POST')
        throw new OidcError('ERR_OIDC_METHOD_NOT_ALLOWED', { message: NO_DOCUMENT })
      }
      const wanted = (await readReturnTo(req)) ?? single(readQuery(req), 'returnTo') ?? ''
      if (!isOwnRequest(req, rp.settings.baseUrl)) return askToConfirm(rp.settings, req, res, wanted)
      await startLogout(rp, req, res, buildReturnUrl(wanted, rp.settings))
    },
  }
}

/** On the app's own page, if it has one. */
async function askToConfirm(
  settings: Settings,
  req: Request,
  res: Response,
  returnTo: string,
): Promise<void> {
  const confirmation = buildConfirmation(settings, returnTo)
  if (!settings.onLogoutConfirmation)
    return sendPage(res, 200, buildLogoutConfirmation(settings, confirmation))
  forbidFrames(res)
  await settings.onLogoutConfirmation(confirmation, req, res)
}

/**
 * Ends the login here, then sends the browser to its provider to end it there. In this order, so that nobody is signed in here any more,
 * whatever happens at the provider (OpenID Connect RP-Initiated Logout 1.0 §2).
 */
export async function startLogout(
  asked: SessionRelyingParty,
  req: Request,
  res: Response,
  returnTo: string,
): Promise<void> {
  const rp = ownerOf(readHeldLogin(req), asked)
  const login = readLogin(req, rp.settings)
  for (const each of new Set([rp, ...stateOf(req).passed])) writeSilentMark(each.settings, res, 'tried') // otherwise the next page would sign in again silently
  const tokens = await endOwnLogin(rp.logins, req, res).catch(refuseToFinish)
  if (login && tokens) startRevocation(rp, login, tokens)
  publish('logout.completed', { issuer: rp.settings.issuer, loginId: login?.id })
  if (!login) return sendRedirect(res, returnTo)
  await runHook(rp.settings, 'onLogout', login, req)

  const state = await startReturn(rp, res, returnTo).catch(refuseToFinish)
  const form = await buildProviderLogout(rp, login.clientId, tokens?.idToken, state)
  if (form) return sendToProvider(rp.settings, res, form)
  sendRedirect(res, returnTo)
}

/** Everything that can end without the store has ended: the browser has lost its session. The rest needs the store. */
function refuseToFinish(cause: unknown): never {
  throw new OidcError('ERR_OIDC_LOGOUT_INCOMPLETE', { cause })
}

/** By a redirect, unless the app wants a form or the URL is so long that servers would refuse it. */
function sendToProvider(settings: Settings, res: Response, form: EndSessionForm): void {
  const url = buildEndSessionUrl(form)
  if (settings.logoutRequest === 'redirect' && url.href.length <= LONGEST_URL)
    return sendRedirect(res, url.href)
  sendPage(res, 200, buildLogoutForm(settings, form))
}

/**
 * The sign-out at the provider, or `undefined` if the provider has none or is unavailable. An ID token is only a valid hint
 * while its client is registered.
 */
async function buildProviderLogout(
  rp: RelyingParty,
  clientId: string,
  idToken: string | undefined,
  state: string,
): Promise<EndSessionForm | undefined> {
  try {
    const own = await rp.connectAs(clientId)
    const connection = own ?? (await rp.connect())
    const { postLogoutRedirectUri } = rp.settings
    const request = { clientId: connection.clientId, postLogoutRedirectUri, state }
    const form = buildEndSessionForm(
      connection.metadata,
      own ? { ...request, idTokenHint: idToken } : request,
    )
    if (!form) rp.settings.logOnce(`${SURVIVES} it has no end_session_endpoint.`)
    return form
  } catch (error) {
    if (error instanceof OidcError && error.code === 'ERR_OIDC_STORE_UNAVAILABLE') refuseToFinish(error)
    if (!(error instanceof OidcError)) throw error
    rp.settings.logOnce(`${SURVIVES} ${error.message} (${error.code})`)
    return undefined
  }
}

/**
 * Whether a page of this app made the request, or the user directly. A browser that sends neither Fetch Metadata nor
 * `Origin` nor `Referer` cannot tell.
 */
function isOwnRequest(req: Request, baseUrl: string): boolean {
  const site = req.headers['sec-fetch-site']
  if (site !== undefined) return site === 'same-origin' || (site === 'none' && req.method === 'GET')
  const from = req.headers.origin ?? req.headers.referer
  return from !== undefined && URL.canParse(from) && new URL(from).origin === new URL(baseUrl).origin
}

async function readReturnTo(req: Request): Promise<string | undefined> {
  if (
    req.method === 'GET' ||
    req.headers['content-length'] === '0' ||
    req.headers['content-type'] === undefined
  )
    return undefined
  return single(await readForm(req), 'returnTo')
}
