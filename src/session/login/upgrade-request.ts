import type { IncomingMessage } from 'node:http'
import type session from 'express-session'
import { OidcError } from '../../vocabulary/errors.ts'
import { callSession, hasSession } from './request-session.ts'

/** What `session()` of express-session makes. */
export type SessionMiddleware = ReturnType<typeof session>

/** Milliseconds that the session store may take. */
const DEADLINE = 2_000

/**
 * Reads the session of a request that did not come through Express, by the app's own session middleware. It runs over
 * a stand-in for the request and a response that is never sent: nothing is saved, touched or set as a cookie, and what
 * was read before is read again.
 *
 * @throws {@link OidcError} `ERR_OIDC_SESSION_UNAVAILABLE`.
 */
export async function readSession(
  req: IncomingMessage,
  middleware: SessionMiddleware,
): Promise<IncomingMessage> {
  // Not imported: an ES import of node:http loads its lazy parts, too, which are all of undici.
  const { ServerResponse } = process.getBuiltinModule('node:http')
  const standIn: IncomingMessage = Object.create(req, { session: { value: undefined, writable: true } })
  const [expressReq, expressRes] = [
    standIn,
    new ServerResponse(req),
  ] as unknown as Parameters<SessionMiddleware> // it uses nothing else of them
  await callSession(
    done => void middleware(expressReq, expressRes, done),
    'The session could not be read.',
    DEADLINE,
  )
  if (hasSession(standIn)) return standIn
  throw new OidcError('ERR_OIDC_SESSION_UNAVAILABLE', {
    message:
      'express-session gave this request no session: its store is disconnected, or its cookie has another path.',
  })
}
