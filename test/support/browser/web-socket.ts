import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'

/** Completes the opening handshake of a WebSocket as a server (RFC 6455 §4.2.2). */
export function acceptWebSocket(req: IncomingMessage, socket: Duplex): void {
  const key = `${req.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
  const lines = [
    'HTTP/1.1 101 Switching Protocols',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}`,
  ]
  socket.write(`${lines.join('\r\n')}\r\n\r\n`)
}

/** Sends a short text (RFC 6455 §5.2). */
export function sendText(socket: Duplex, text: string): void {
  const payload = Buffer.from(text)
  socket.write(Buffer.concat([Buffer.from([0x81, payload.length]), payload]))
}

/** Closes a WebSocket with a status code (RFC 6455 §5.5.1). */
export function closeWebSocket(socket: Duplex, code: number): void {
  socket.end(Buffer.from([0x88, 2, code >> 8, code & 0xff]))
}

/** A WebSocket as a browser has it. */
export interface OpenedWebSocket {
  /** The first text that comes, or `undefined` if the connection was refused. */
  readonly firstText: Promise<string | undefined>
  /** The status code with which it was closed. */
  readonly closed: Promise<number>
  readonly close: () => void
}

/** Opens a WebSocket with what a browser sends along. */
export function openWebSocket(url: string, headers: Readonly<Record<string, string>>): OpenedWebSocket {
  const socket = new WebSocket(url.replace('http', 'ws'), { headers })
  const closed = new Promise<number>(resolve => {
    socket.addEventListener('close', ({ code }) => resolve(code))
  })
  const text = new Promise<string>(resolve => {
    socket.addEventListener('message', ({ data }) => resolve(String(data)))
  })
  return {
    firstText: Promise.race([text, closed.then(() => undefined)]),
    closed,
    close: () => socket.close(),
  }
}
