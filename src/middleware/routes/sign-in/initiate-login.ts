import { verifyInitiation } from '../../../protocol/sign-in/third-party-initiation.ts'
import { readLogin } from '../../../session/login/request-login.ts'
import { leaveSession } from '../../../session/login/request-session.ts'
import type { SessionRelyingParty } from '../../../session/session-relying-party.ts'
import { refuseUnseen, sendRedirect } from '../../request/answer.ts'
import { isDocument } from '../../request/navigation.ts'
import { readForm, readQuery } from '../../request/request-parameters.ts'
import { buildTargetUrl } from '../../request/return-url.ts'
import type { Route } from '../../request/route.ts'
import { startLogin } from './login.ts'

/**
 * Makes the route by which the provider, or a page that it shows, starts a sign-in (OpenID Connect Core 1.0 §4). Any site
 * can call it, so it never replaces an existing login, and only leads to this app.
 */
export function initiateLogin(rp: SessionRelyingParty): Route {
  const { settings } = rp
  return {
    methods: ['GET', 'POST'],
    async handle(req, res) {
      if (!isDocument(req)) return refuseUnseen(res)
      const isForm = req.method === 'POST'
      if (isForm) leaveSession(req)
      const request = verifyInitiation(isForm ? await readForm(req) : readQuery(req), settings.issuer)
      // A form of another site carries no Lax cookies (RFC 6265bis §5.6.7.1); the GET that follows it does.
      if (isForm)
        return sendRedirect(res, `${settings.baseUrl}${settings.routes.initiateLogin}?${request.query}`)
      const target = buildTargetUrl(request.targetLinkUri, settings)
      if (readLogin(req, settings)) return sendRedirect(res, target)
      await startLogin(rp, req, res, target, { parameters: request.parameters })
    },
  }
}
