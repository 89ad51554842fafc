import type { RelyingParty } from '../../../relying-party/relying-party.ts'
import { takeReturn } from '../../../session/browser/post-logout-return.ts'
import { sendRedirect } from '../../request/answer.ts'
import { readQuery, single } from '../../request/request-parameters.ts'
import type { Route } from '../../request/route.ts'

/**
 * Makes the route to which the provider sends the browser after signing out. It signs nobody out, and leads only to a return path
 * that this browser has started; with an unknown `state`, to the start page (OpenID Connect RP-Initiated Logout 1.0 §3).
 */
export function logoutCallback(rp: Pick<RelyingParty, 'settings' | 'sealer'>): Route {
  return {
    methods: ['GET'],
    async handle(req, res) {
      const query = readQuery(req)
      const state = query.has('state') ? (single(query, 'state') ?? '') : undefined
      const returnTo = await takeReturn(rp, req, res, state)
      sendRedirect(res, returnTo ?? `${rp.settings.baseUrl}/`)
    },
  }
}
