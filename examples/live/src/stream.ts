import type { RequestHandler } from 'express'
import type { AuthenticatedLogin, RelyingPartyMiddleware } from 'express-oidc-rp'
import type { WatchedLibrary } from './watch-library.ts'

/** Milliseconds between two messages when nothing happens. They keep proxies from closing the connection. */
const KEEP_ALIVE = 15_000
/** Milliseconds for which the last events still arrive when the login has ended. They say why. */
const FAREWELL = 2_000

/**
 * Sends the page of a signed-in user the state of the app whenever it changes, as server-sent events. Every message is
 * complete, so nothing is lost when a browser connects again.
 */
export function stream(rp: RelyingPartyMiddleware, library: WatchedLibrary): RequestHandler {
  return async function stream(req, res) {
    const login = await rp.authenticate(req)
    res.set({ 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' }).type('text/event-stream')
    // A browser that does not read what it was sent, as in a suspended laptop, gets the next message once it reads again.
    let isBehind = false
    const send = (message: object): void => {
      isBehind = res.writableNeedDrain
      if (!isBehind) res.write(`data: ${JSON.stringify(message)}\n\n`)
    }
    if (!login || login.signal.aborted) {
      send({ ended: true, events: [] }) // a status of 401 would not tell the page's script why
      return void res.end()
    }

    const sendState = async (): Promise<void> => {
      const sessions = await listSessions(rp, login)
      if (!login.signal.aborted) send({ ...library.state(), sessions })
    }
    const update = (): void => {
      if (login.signal.aborted) send({ ended: true, events: library.state().events })
      else sendState().catch(() => res.destroy()) // the browser connects again
    }
    const timer = setInterval(update, KEEP_ALIVE)
    const stopWatching = library.onChange(update)
    const stop = (): void => {
      clearInterval(timer)
      stopWatching()
    }
    login.signal.addEventListener('abort', () => {
      update() // from here on, nothing about the user is sent
      setTimeout(() => {
        stop() // first, because a write after the end would crash the process
        if (res.writableNeedDrain) res.destroy()
        else res.end()
      }, FAREWELL)
    })
    res.on('drain', () => isBehind && update())
    res.on('close', stop)
    update()
  }
}

async function listSessions(rp: RelyingPartyMiddleware, { user, loginId }: AuthenticatedLogin) {
  const sessions = await rp.sessions.of(user)
  return sessions.map(({ id, startedAt, expiresAt }) => ({ startedAt, expiresAt, isThisOne: id === loginId }))
}
