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
  /** Where they are, as far as that is known, and what is wrong with that place. */
  readonly place: { readonly store: SessionStore | undefined; readonly fault: OidcError | undefined }
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

  const findStore = (): SessionStore | undefined => known?.store ?? settings.sessionStore

  function usedStore(): SessionStore {
    const store = findStore()
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
    get place() {
      return { store: findStore(), fault: known?.fault }
    },
    async read(sessionId) {
      return await readSession(usedStore(), sessionId)
    },
    async destroy(sessionId) {
      const store = usedStore()
      await callSession(done => store.destroy(sessionId, done), 'A session could not be ended.', DEADLINE)
    },
  }
}

/** Reads a session. `undefined` if it is not there, for which express-session takes an error with the code `ENOENT`, too. */
async function readSession(store: SessionStore, sessionId: string): Promise<SessionData | undefined> {
  const found = await callSession<object | null>(
    done =>
      store.get(sessionId, (error: unknown, session) =>
        isAbsence(error) ? done() : done(error, session ?? null),
      ),
    'A session could not be read.',
    DEADLINE,
  )
  return (found ?? undefined) as SessionData | undefined
}

/** A socket that is not there has the same code, but says nothing about the session. */
function isAbsence(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { code, syscall }: NodeJS.ErrnoException = error
  return code === 'ENOENT' && syscall !== 'connect'
}

/** Sessions that outlive this process or that other processes see, while the index and marks of their logins do not. */
function sharingFault({ bearer, store: own, log }: Settings, store: Store): OidcError | undefined {
  if (own.shared || bearer?.tokensOnly || endsWithProcess(store)) return undefined
  const name = store.constructor.name
  const fault = new OidcError('ERR_OIDC_STORE_NOT_SHARED', {
    message: `The sessions are in ${name}, which keeps them longer than this process, but this library's own records (${own.location}) are not kept as long: after a restart, or in another process, a logout from the provider would miss sessions, and their tokens would be gone. ${waysOut(name)}`,
  })
  if (process.env['NODE_ENV'] === 'production') return fault
  log(`${fault.message} In production every request is refused until this is fixed. (${fault.code})`)
  return undefined
}

function waysOut(name: string): string {
  return `Pass the same server as options.store: redisStore(client), from express-oidc-rp/redis, or postgresStore(pool), from express-oidc-rp/postgres. An app on one machine can pass sqliteStore(path), from express-oidc-rp/sqlite. For any other, pass a store of your own with shared: true. An app that is a single process can also leave out the store of express-session, so that sessions end with the process. If those in ${name} end with it, too, give ${name} the member durability: 'process'.`
}

/** `MemoryStore` is the one of express-session, and the name of others like it. A store of the app's own can say so. */
function endsWithProcess(store: Store & { readonly durability?: unknown }): boolean {
  return store.constructor.name === 'MemoryStore' || store.durability === 'process'
}
