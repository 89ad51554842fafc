import type { IncomingMessage } from 'node:http'
import type { SessionData, Store } from 'express-session'
import type { SessionStore } from '../../relying-party/options/options.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { callSession } from './request-session.ts'

/** A request as express-session leaves it. */
export type WithSessionStore = IncomingMessage & { sessionStore?: Store | undefined }

/** The sessions of the app, as express-session keeps them. */
export interface AppSessions {
  /** Remembers where they are: express-session only tells a request. Returns what is wrong with that place. */
  note(store: Store): OidcError | undefined
  /** Reads a session that may belong to no request of this process. */
  read(sessionId: string): Promise<SessionData | undefined>
  /** Deletes a session that may belong to no request of this process. One that is already gone is no failure. */
  destroy(sessionId: string): Promise<void>
}

/** Milliseconds that one call may take. Some clients wait forever on a dead connection. */
const DEADLINE = 2_000

/** Makes the access of one relying party to the app's sessions. */
export function appSessions(settings: Settings): AppSessions {
  let known: { readonly store: Store; readonly fault: OidcError | undefined } | undefined

  function usedStore(): SessionStore {
    const store = known?.store ?? settings.sessionStore
    if (store) return store
    throw new OidcError('ERR_OIDC_SESSION_UNAVAILABLE', {
      message:
        'No request has shown yet where the sessions are stored. Set options.sessionStore to the store of express-session.',
    })
  }

  return {
    note(store) {
      if (known?.store !== store) known = { store, fault: sharingFault(settings, store) }
      return known.fault
    },
    async read(sessionId) {
      const store = usedStore()
      const found = await callSession<object | null>(
        done => store.get(sessionId, done),
        'A session could not be read.',
        DEADLINE,
      )
      return (found ?? undefined) as SessionData | undefined
    },
    async destroy(sessionId) {
      const store = usedStore()
      await callSession(done => store.destroy(sessionId, done), 'A session could not be ended.', DEADLINE)
    },
  }
}

/** Sessions that outlive this process or that other processes see, while the index and marks of their logins do not. */
function sharingFault(settings: Settings, store: Store): OidcError | undefined {
  const { bearer, store: own } = settings
  if (own.shared || bearer?.tokensOnly || store.constructor.name === 'MemoryStore') return undefined
  const fault = new OidcError('ERR_OIDC_STORE_NOT_SHARED', {
    message: `The sessions are in ${store.constructor.name}, but this library's own records are in ${settings.store.location}, so a logout from the provider would miss sessions. Pass the same server as options.store: store: redisStore(client), from express-oidc-rp/redis, or postgresStore(pool), from express-oidc-rp/postgres.`,
  })
  if (process.env['NODE_ENV'] === 'production') return fault
  settings.log(`${fault.message} In production every request is refused until this is fixed. (${fault.code})`)
  return undefined
}
