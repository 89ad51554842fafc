import type { IncomingMessage } from 'node:http'
import { ownerAmong } from '../../session/login-owner.ts'
import { guardSession } from '../../session/logout/guarded-session-store.ts'
import type { SessionRelyingParty } from '../../session/session-relying-party.ts'
import type { OidcError } from '../../vocabulary/errors.ts'
import { stateOf } from './request-state.ts'

/** Keeps a request from bringing back a session that has ended. Returns what is wrong with where the sessions are. */
export function guardRequestSession(rp: SessionRelyingParty, req: IncomingMessage): OidcError | undefined {
  const { passed } = stateOf(req)
  passed.add(rp)
  return guardSession(rp.logins, req, login => ownerAmong([...passed], login)?.logins)
}
