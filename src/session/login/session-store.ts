import type { IncomingMessage } from 'node:http'
import type { SessionData, Store } from 'express-session'
import type { SessionStore } from '../../relying-party/options/options.ts'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { callSession } from './request-session.ts'

/** A request as express-session leaves it. */
export type WithSessionStore = IncomingMessage & { sessionStore?: Store | undefined }

/** Milliseconds that one call may take. Some clients wait for ever on a connection that has died. */
const DEADLINE = 2_000

const stores = new WeakMap<RelyingParty, { readonly store: Store; readonly fault: OidcError | undefined }>()

/**
 * Remembers where the sessions of this app are: express-session tells only a request. Returns what is wrong with it.
 */
export function noteSessionStore(rp: RelyingParty, store: Store): OidcError | undefined {
  const known = stores.get(rp)
  if (known?.store === store) return known.fault
  const fault = sharingFault(rp, store)
  stores.set(rp, { store, fault })
  return fault
}

/** Reads a session that no request of this process need have. */
export async function readSession(rp: RelyingParty, sessionId: string): Promise<SessionData | undefined> {
  const store = storeOf(rp)
  const found = await callSession<object | null>(
    done => store.get(sessionId, done),
    'A session could not be read.',
    DEADLINE,
  )
  return (found ?? undefined) as SessionData | undefined
}

/** Deletes a session that no request of this process need have. One that is gone already is no failure. */
export async function destroySession(rp: RelyingParty, sessionId: string): Promise<void> {
  const store = storeOf(rp)
  await callSession(done => store.destroy(sessionId, done), 'A session could not be ended.', DEADLINE)
}

/** Sessions outlive this process, or are seen by others, while the index and the marks of their logins are not. */
function sharingFault({ settings }: RelyingParty, store: Store): OidcError | undefined {
  const { bearer, store: own } = settings
  if (own.shared || bearer?.tokensOnly || store.constructor.name === 'MemoryStore') return undefined
  const fault = new OidcError('ERR_OIDC_STORE_NOT_SHARED', {
    message: `The sessions are in ${store.constructor.name}, but the library's own records are in ${settings.store.location}: a logout of the provider would miss sessions. Add the same server as options.store: store: redisStore(client), from express-oidc-rp/redis, or postgresStore(pool), from express-oidc-rp/postgres.`,
  })
  if (process.env['NODE_ENV'] === 'production') return fault
  settings.log(`${fault.message} In production every request is refused until then. (${fault.code})`)
  return undefined
}

function storeOf(rp: RelyingParty): SessionStore {
  const known = stores.get(rp)?.store ?? rp.settings.sessionStore
  if (known) return known
  throw new OidcError('ERR_OIDC_SESSION_UNAVAILABLE', {
    message:
      'No request has shown yet where the sessions are. Set options.sessionStore to the store of express-session.',
  })
}
