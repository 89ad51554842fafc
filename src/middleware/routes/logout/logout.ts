import type { Request, Response } from 'express'
import { buildEndSessionUrl, type EndSessionForm } from '../../../protocol/sign-in/end-session.ts'
import type { LogoutParameters } from '../../../protocol/sign-in/logout-parameters.ts'
import type { Settings } from '../../../relying-party/options/settings.ts'
import { writeSilentMark } from '../../../session/browser/silent-login-cookie.ts'
import { readHeldLogin, readLogin } from '../../../session/login/request-login.ts'
import { ownerOf } from '../../../session/login-owner.ts'
import { endOwnLogin } from '../../../session/logout/end-logins.ts'
import type { SessionRelyingParty } from '../../../session/session-relying-party.ts'
import { startRevocation } from '../../../session/tokens/revoke-on-logout.ts'
import { OidcError } from '../../../vocabulary/errors.ts'
import { publish } from '../../../vocabulary/events.ts'
import {
  buildConfirmation,
  buildLogoutConfirmation,
  buildLogoutForm,
  type LogoutFields,
} from '../../pages/logout-page.ts'
import { forbidFrames, sendPage, sendRedirect } from '../../request/answer.ts'
import { isDocument } from '../../request/navigation.ts'
import { readForm, readQuery, single } from '../../request/request-parameters.ts'
import { stateOf } from '../../request/request-state.ts'
import { buildReturnUrl } from '../../request/return-url.ts'
import type { Route } from '../../request/route.ts'
import { runHook } from '../sign-in/run-hooks.ts'
import { startProviderLogout } from './provider-logout.ts'

/** Options for one sign-out. */
export interface LogoutOptions {
  /** A path of this app where the sign-out ends. Default: the start page. */
  readonly returnTo?: string
  /**
   * Whether to sign out at the provider, too. Default `true`, unless `logoutRequest` is `false`. With `false`, only the session of
   * this app ends: other apps stay signed in, and the next sign-in may ask for no password.
   */
  readonly provider?: boolean
  /**
   * Parameters of this sign-out at the provider, such as `logout_hint`. They win over the option `logoutParameters`. A wrong one
   * makes it reject with `ERR_OIDC_LOGOUT_INCOMPLETE`: the user is signed out of the app, but not at the provider.
   */
  readonly logoutParameters?: LogoutParameters
}

/** Characters that a URL may have on its way to the provider. */
const LONGEST_URL = 4_096

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
      const wanted = await readFields(req)
      if (!isOwnRequest(req, rp.settings.baseUrl)) return askToConfirm(rp.settings, req, res, wanted)
      const provider = readProvider(wanted)
      await startLogout(rp, req, res, {
        returnTo: wanted.returnTo,
        ...(provider !== undefined && { provider }),
      })
    },
  }
}

/** On the app's own page, if it has one. */
async function askToConfirm(
  settings: Settings,
  req: Request,
  res: Response,
  wanted: LogoutFields,
): Promise<void> {
  const confirmation = buildConfirmation(settings, wanted)
  const isLocal = isLocalLogout(settings, readProvider(wanted))
  if (!settings.onLogoutConfirmation)
    return sendPage(res, 200, buildLogoutConfirmation(settings, confirmation, { isLocal }))
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
  { returnTo: path, provider, logoutParameters: parameters = {} }: LogoutOptions = {},
): Promise<void> {
  const returnTo = buildReturnUrl(path, asked.settings)
  const rp = ownerOf(readHeldLogin(req), asked)
  const login = readLogin(req, rp.settings)
  for (const each of new Set([rp, ...stateOf(req).passed])) writeSilentMark(each.settings, res, 'tried') // otherwise the next page would sign in again silently
  const tokens = await endOwnLogin(rp.logins, req, res).catch(refuseToFinish)
  if (login && tokens) startRevocation(rp, login, tokens)
  publish('logout.completed', { issuer: rp.settings.issuer, loginId: login?.id })
  if (!login) return sendRedirect(res, returnTo)
  await runHook(rp.settings, 'onLogout', login, req)
  if (isLocalLogout(rp.settings, provider)) return sendRedirect(res, returnTo)

  const ended = { login, idToken: tokens?.idToken, returnTo, parameters }
  const form = await startProviderLogout(rp, req, res, ended).catch(refuseToFinish)
  if (form) return sendToProvider(rp.settings, res, form)
  sendRedirect(res, returnTo)
}

/** Everything that can end without the store has ended: the browser has lost its session. The rest needs the store, or a fix. */
function refuseToFinish(cause: unknown): never {
  throw new OidcError('ERR_OIDC_LOGOUT_INCOMPLETE', {
    cause,
    reason: cause instanceof OidcError ? cause.message : undefined,
  })
}

/** By a redirect, unless the app wants a form or the URL is so long that servers would refuse it. */
function sendToProvider(settings: Settings, res: Response, form: EndSessionForm): void {
  const url = buildEndSessionUrl(form)
  if (settings.logoutRequest !== 'form' && url.href.length <= LONGEST_URL) return sendRedirect(res, url.href)
  sendPage(res, 200, buildLogoutForm(settings, form))
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

/** What a request to sign out asks for: in the query of a link, in the fields of a form. */
async function readFields(req: Request): Promise<LogoutFields> {
  const query = readQuery(req)
  const form = hasForm(req) ? await readForm(req) : new URLSearchParams()
  const read = (name: string): string | undefined => single(form, name) ?? single(query, name)
  return { returnTo: read('returnTo') ?? '', provider: read('provider') }
}

/** Any other value is ignored. */
function readProvider({ provider }: LogoutFields): boolean | undefined {
  return provider === 'true' || provider === 'false' ? provider === 'true' : undefined
}

function isLocalLogout({ logoutRequest }: Settings, provider = logoutRequest !== false): boolean {
  return !provider
}

function hasForm({ method, headers }: Request): boolean {
  return method !== 'GET' && headers['content-length'] !== '0' && headers['content-type'] !== undefined
}
