import { leaveSession } from '../../session/login/request-session.ts'
import type { SessionRelyingParty } from '../../session/session-relying-party.ts'
import { sendKeys } from '../request/answer.ts'
import type { Route } from './route.ts'

/**
 * Makes the route from which the provider fetches the app's public keys. It answers 503 while they cannot be read, never an empty
 * set, which the provider would keep (RFC 7517 §5).
 */
export function jwks(rp: SessionRelyingParty): Route {
  return {
    methods: ['GET'],
    needsSession: false,
    async handle(req, res) {
      leaveSession(req)
      sendKeys(res, await rp.publicKeys())
    },
  }
}
