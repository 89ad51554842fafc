import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { type AuthenticatedLogin, OidcError } from 'express-oidc-rp'
import { WebSocket, WebSocketServer } from 'ws'

/** Finds the user behind the request that opens a connection. Rejects if the request comes from a page of another site. */
export type Authenticate = (req: IncomingMessage) => Promise<AuthenticatedLogin | undefined>

/** A chat of everyone who is connected. */
export interface Chat {
  /** Closes all connections, for a shutdown. The pages connect again. */
  close(): void
}

/** Close codes from 4000 belong to apps (RFC 6455 §7.4.2). `public/chat.js` has the same number. */
const LOGIN_ENDED = 4401
const GOING_AWAY = 1001
const MAX_LENGTH = 500
/** Bytes that may wait for a client that does not read. */
const MAX_WAITING = 2 ** 20

/** Adds a chat to the server, at `/chat`. A connection ends when the login of its user ends. */
export function chat(server: Server, authenticate: Authenticate): Chat {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 4 * MAX_LENGTH })

  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy()) // a client that disconnects now must not crash the process
    void admit(req, socket, head)
  })

  async function admit(req: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    try {
      if (req.url !== '/chat') return refuse(socket, 404)
      const login = await authenticate(req)
      if (!login || login.signal.aborted) return refuse(socket, 401)
      sockets.handleUpgrade(req, socket, head, connection => join(connection, login))
    } catch (error) {
      refuse(socket, error instanceof OidcError ? error.status : 500)
    }
  }

  function join(connection: WebSocket, { user, signal }: AuthenticatedLogin): void {
    signal.addEventListener('abort', () => connection.close(LOGIN_ENDED, 'The sign-in has ended.'))
    connection.on('error', () => connection.terminate())
    connection.on('message', data => {
      const text = Buffer.isBuffer(data) ? data.toString().trim() : ''
      // After the end of the login, the client may send for a while before it has closed its side.
      if (signal.aborted || text === '' || text.length > MAX_LENGTH) return
      say(JSON.stringify({ name: user.name ?? user.sub, text }))
    })
  }

  function say(message: string): void {
    for (const connection of sockets.clients) {
      if (connection.bufferedAmount > MAX_WAITING) connection.terminate()
      else if (connection.readyState === WebSocket.OPEN) connection.send(message)
    }
  }

  return {
    close() {
      for (const connection of sockets.clients) connection.close(GOING_AWAY)
    },
  }
}

function refuse(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
