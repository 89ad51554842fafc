import type { SessionData, Store } from 'express-session'

/** Destroys a session if its login has ended, and returns whether it had. */
type DestroyIfOver = () => Promise<boolean>

/**
 * Session stores whose `touch` is a single step that changes nothing unless the session is there, and what the code of that step
 * contains: those of express-session and memorystore, connect-redis, connect-pg-simple and connect-mongo. A store of another kind
 * may have the same name.
 */
const singleSteps: ReadonlyMap<string, RegExp> = new Map([
  ['MemoryStore', /this\.(sessions\[|store\.set\()/],
  ['RedisStore', /\.expire\(/],
  ['PGStore', /\bUPDATE\b/],
  ['MongoStore', /\.updateOne\(/],
])

/**
 * At the end of a request that has not changed its session, express-session touches it, by a call of the app's own store. Some stores
 * write the session again for that, and could so bring back one that was ended meanwhile: its login is looked at afterwards. Some report
 * an error if the session is gone, which would break the response: it does not count if the login has ended.
 *
 * @param find - Returns `undefined` for a session without a login.
 */
export function guardTouch(
  store: Store,
  find: (sessionId: string, session: SessionData) => DestroyIfOver | undefined,
): void {
  if (!store.touch) return
  const isHarmless = singleSteps.get(store.constructor.name)?.test(store.touch.toString()) === true
  const touch = store.touch.bind(store)
  store.touch = (sessionId, session, done: (error?: unknown) => void = () => undefined) => {
    touch(sessionId, session, (error?: unknown) => {
      const destroyIfOver = isHarmless && !error ? undefined : find(sessionId, session)
      if (!destroyIfOver) return done(error)
      destroyIfOver().then(isOver => done(isOver ? undefined : error), done)
    })
  }
}
