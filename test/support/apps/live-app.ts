import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import express from 'express'
import session, { MemoryStore, type SessionData } from 'express-session'
import {
  memoryStore,
  OidcError,
  type RelyingPartyMiddleware,
  type RelyingPartyOptions,
  relyingParty,
} from '../../../src/index.ts'
import type { AuthenticateOptions } from '../../../src/middleware/authenticate.ts'
import { acceptWebSocket, closeWebSocket, sendText } from '../browser/web-socket.ts'

/** A session store that counts its calls, and fails or hangs on demand. */
class WatchedSessions extends MemoryStore {
  readonly calls: string[] = []
  trouble: 'none' | 'fails' | 'hangs' = 'none'

  override get(sid: string, done: (error: unknown, data?: SessionData | null) => void): void {
    this.calls.push('get')
    if (this.trouble === 'fails') return void setImmediate(() => done(new Error('the store is away')))
    if (this.trouble === 'none') super.get(sid, done)
  }

  override set(sid: string, data: SessionData, done?: (error?: unknown) => void): void {
    this.calls.push('set')
    super.set(sid, data, done)
  }

  override touch(sid: string, data: SessionData, done?: () => void): void {
    this.calls.push('touch')
    super.touch(sid, data, done)
  }

  override destroy(sid: string, done?: (error?: unknown) => void): void {
    this.calls.push('destroy')
    super.destroy(sid, done)
  }
}

/** An app with a WebSocket at any path and an event stream at `/events`, both for signed-in users alone. */
export interface LiveApp {
  readonly url: string
  readonly auth: RelyingPartyMiddleware
  readonly sessions: WatchedSessions
  /** What the next requests are authenticated with beside the session middleware. */
  options: AuthenticateOptions
  /** How each upgrade request ended: by the user's name, `nobody`, or a code. */
  readonly outcomes: string[]
  /** The connections of the WebSockets, which a server does not close by itself. */
  readonly sockets: Set<Duplex>
  readonly close: () => Promise<void>
}

export async function startLiveApp(options: RelyingPartyOptions): Promise<LiveApp> {
  const app = express()
  const server = createServer(app).listen(0, 'localhost')
  await new Promise(resolve => server.once('listening', resolve))
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const store = new WatchedSessions()
  const sessions = session({ secret: 'a secret for tests', resave: false, saveUninitialized: false, store })
  const auth = relyingParty({ baseUrl: url, store: memoryStore(), log: false, ...options })
  const live: LiveApp = {
    url,
    auth,
    sessions: store,
    options: { session: sessions },
    outcomes: [],
    sockets: new Set(),
    close: () => stop(server, live),
  }
  serveUpgrades(server, live)
  app.use(sessions, auth)
  app.get('/events', async (req, res) => {
    const login = await auth.authenticate(req)
    if (!login) return void res.status(401).end()
    res.type('text/event-stream').write(`data: ${String(login.user.name)}\n\n`)
    login.signal.addEventListener('abort', () => res.end('data: bye\n\n'))
  })
  app.get('/', (req, res) => void res.json(req.user ?? null))
  return live
}

function serveUpgrades(server: Server, live: LiveApp): void {
  server.on('upgrade', (req, socket) => {
    live.sockets.add(socket)
    upgrade(live, req, socket).catch(error => {
      live.outcomes.push(error instanceof OidcError ? error.code : String(error))
      refuse(socket)
    })
  })
}

async function upgrade(live: LiveApp, req: IncomingMessage, socket: Duplex): Promise<void> {
  const login = await live.auth.authenticate(req, live.options)
  live.outcomes.push(login ? String(login.user.name) : 'nobody')
  if (!login) return refuse(socket)
  acceptWebSocket(req, socket)
  sendText(socket, String(login.user.name))
  login.signal.addEventListener('abort', () => closeWebSocket(socket, 4_001))
}

/** Not 401: Node's own client would ask once more. */
function refuse(socket: Duplex): void {
  socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n')
}

async function stop(server: Server, { auth, sockets }: LiveApp): Promise<void> {
  await auth.close()
  for (const socket of sockets) socket.destroy()
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
}
