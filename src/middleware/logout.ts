import type { Request, Response } from 'express'
import { buildEndSessionUrl } from '../protocol/end-session.ts'
import type { RelyingParty } from '../relying-party/relying-party.ts'
import { buildReturnUrl } from '../relying-party/return-path.ts'
import { endOwnLogin } from '../session/login-endings.ts'
import { hasSession, readLogin } from '../session/logins.ts'
import { startReturn } from '../session/logout-returns.ts'
import { takeTokens } from '../session/tokens.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { publish } from '../vocabulary/events.ts'
import { sendPage, sendRedirect } from './answer.ts'
import { buildLogoutConfirmation } from './pages/logout-page.ts'
import { readForm, readQuery, single } from './parameters.ts'
import type { Route } from './route.ts'

/** How one sign-out differs from the others. */
export interface LogoutOptions {
  /** A path of this app where the sign-out ends. Default: its start page. */
  readonly returnTo?: string
}

/** Makes the route that signs out: `POST /logout`, or `GET` from a page of this app. Other sites are asked about. */
export function logout(rp: RelyingParty): Route {
  return {
    methods: ['GET', 'POST'],
    async handle(req, res) {
      const wanted = (await readReturnTo(req)) ?? single(readQuery(req), 'returnTo') ?? ''
      if (!isOwnRequest(req, rp.settings.baseUrl)) {
        return sendPage(res, 200, buildLogoutConfirmation(rp.settings, wanted))
      }
      await startLogout(rp, req, res, buildReturnUrl(wanted, rp.settings))
    },
  }
}

/**
 * Ends the login here, then sends the browser to the provider to end it there. In this order: whatever happens at the
 * provider, nobody is signed in here any more (OpenID Connect RP-Initiated Logout 1.0 §2).
 */
export async function startLogout(
  rp: RelyingParty,
  req: Request,
  res: Response,
  returnTo: string,
): Promise<void> {
  const login = readLogin(req, rp.settings)
  const idToken = login && (await takeTokens(rp, login).catch(() => undefined))?.idToken // signing out must not fail for want of a hint
  if (hasSession(req)) await endOwnLogin(rp, req, res)
  publish('logout.completed', { issuer: rp.settings.issuer, loginId: login?.id })

  const state = await startReturn(rp, res, returnTo)
  const url = login && (await providerLogout(rp, login.clientId, idToken, state))
  sendRedirect(res, url ? url.href : returnTo)
}

/**
 * The URL that signs out at the provider, or `undefined` if it has none or is away. An ID token is only a hint while its
 * client is registered.
 */
async function providerLogout(
  rp: RelyingParty,
  clientId: string,
  idToken: string | undefined,
  state: string,
): Promise<URL | undefined> {
  try {
    const own = await rp.connectAs(clientId)
    const connection = own ?? (await rp.connect())
    const { postLogoutRedirectUri } = rp.settings
    const request = { clientId: connection.clientId, postLogoutRedirectUri, state }
    return buildEndSessionUrl(connection.metadata, own ? { ...request, idTokenHint: idToken } : request)
  } catch (error) {
    if (error instanceof OidcError) return undefined // the provider is away: signed out here at least
    throw error
  }
}

/**
 * Whether a page of this app, or the visitor himself, made the request. A browser that sends neither Fetch Metadata nor
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
