import type { IncomingMessage } from 'node:http'
import { ownerAmong } from '../../session/login-owner.ts'
import { type FindLogins, guardSession } from '../../session/logout/guarded-session-store.ts'
import type { SessionRelyingParty } from '../../session/session-relying-party.ts'
import type { OidcError } from '../../vocabulary/errors.ts'
import { notePassing, passedBy, stateOf } from './request-state.ts'

/** Keeps a request from bringing back a session that has ended. Returns what is wrong with where the sessions are. */
export function guardRequestSession(rp: SessionRelyingParty, req: IncomingMessage): OidcError | undefined {
  notePassing(stateOf(req), rp)
  return guardSession(rp.logins, req, findLogins)
}

/** Asked at each write: a request may pass another relying party after this one. */
const findLogins: FindLogins = (login, req) => ownerAmong(passedBy(req), login)?.logins
