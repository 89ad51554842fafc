import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { leaveSession } from '../../session/login/request-session.ts'
import { sendKeys } from '../request/answer.ts'
import type { Route } from '../request/route.ts'

/**
 * Makes the route from which the provider fetches the app's public keys. It answers 503 while they cannot be read, never an empty
 * set, which the provider would keep (RFC 7517 §5).
 */
export function jwks(rp: Pick<RelyingParty, 'publicKeys'>): Route {
  return {
    methods: ['GET', 'HEAD'],
    needsSession: false,
    async handle(req, res) {
      leaveSession(req)
      sendKeys(res, await rp.publicKeys())
    },
  }
}
