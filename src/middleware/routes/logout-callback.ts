import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { takeReturn } from '../../session/browser/post-logout-return.ts'
import { sendRedirect } from '../request/answer.ts'
import { readQuery, single } from '../request/request-parameters.ts'
import type { Route } from './route.ts'

/**
 * Makes the route to which the provider sends the browser after signing out. An unknown `state` changes
 * nothing: the browser goes to the start page (OpenID Connect RP-Initiated Logout 1.0 §3).
 */
export function logoutCallback(rp: RelyingParty): Route {
  return {
    methods: ['GET'],
    async handle(req, res) {
      const returnTo = await takeReturn(rp, req, res, single(readQuery(req), 'state'))
      sendRedirect(res, returnTo ?? `${rp.settings.baseUrl}/`)
    },
  }
}
