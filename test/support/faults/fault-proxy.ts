import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setInterval as every, setTimeout as pause } from 'node:timers/promises'
import { createServer as createTlsServer, type TlsOptions, Server as TlsServer } from 'node:tls'

/** What can go wrong on the way to a server. */
export const faults = ['refuse', 'reset', 'hang', 'slow', 'half', 'garbage', 'huge', 'flap'] as const
export type Fault = (typeof faults)[number]

/** A way to a server that can be disturbed while it is in use. */
export interface FaultProxy {
  readonly port: number
  /** Disturbs it, connections that are open included, until `undefined` is given. */
  readonly disturb: (fault: Fault | undefined) => Promise<void>
  /** Shows another certificate from now on, and ends the connections that have seen the one before. */
  readonly present: (certificate: TlsOptions) => void
  readonly close: () => Promise<void>
}

interface ProxyOptions {
  /** The port on this machine behind it, now. */
  readonly to: () => number
  /** What it answers when it never stops: how an answer of this protocol begins. */
  readonly hugeStart: string
  /** Ends TLS, if it is given. */
  readonly tls?: TlsOptions
}

/** Bytes that pass each tenth of a second when it is slow: a small answer takes longer than every deadline. */
const SLOW = 8
/** Bytes after which an answer that never stops ends, so that a client that takes everything is found out and not killed. */
const HUGE = 64 * 1_048_576
/** How garbage begins, so that it is never by chance an answer of any protocol. */
const NO_ANSWER = Buffer.alloc(8)
/** Milliseconds between up and down when it flaps. */
const FLAP = 150

/** Starts a proxy for any protocol over TCP. */
export async function startFaultProxy(options: ProxyOptions): Promise<FaultProxy> {
  const open = new Set<Socket>()
  const state: { fault: Fault | undefined; isDown: boolean } = { fault: undefined, isDown: false }
  const server = options.tls ? createTlsServer(options.tls) : createServer()
  server.on(options.tls ? 'secureConnection' : 'connection', (socket: Socket) => {
    serve(socket, connect(options.to(), '127.0.0.1'), options.hugeStart, () => state.fault)
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  await listen(server, 0)
  const { port } = server.address() as AddressInfo

  async function setDown(isDown: boolean): Promise<void> {
    if (state.isDown === isDown) return
    state.isDown = isDown
    if (!isDown) return listen(server, port)
    server.close()
    for (const socket of open) socket.destroy()
    await once(server, 'close')
  }

  let flapping: AbortController | undefined
  let flapped: Promise<void> = Promise.resolve()
  async function flap(signal: AbortSignal): Promise<void> {
    for await (const _ of every(FLAP, undefined, { signal })) await setDown(!state.isDown)
  }

  async function disturb(fault: Fault | undefined): Promise<void> {
    flapping?.abort()
    await flapped
    state.fault = fault
    await setDown(fault === 'refuse' || fault === 'flap')
    if (fault !== 'flap') return
    flapping = new AbortController()
    flapped = flap(flapping.signal).catch(() => undefined)
  }

  return {
    port,
    disturb,
    present(certificate) {
      if (!(server instanceof TlsServer)) throw new Error('This proxy does not end TLS.')
      server.setSecureContext(certificate)
      for (const socket of open) socket.destroy()
    },
    async close() {
      await disturb(undefined)
      server.close()
      for (const socket of open) socket.destroy()
      await once(server, 'close')
    },
  }
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}

/** Connects one socket with the server, for as long as nothing disturbs them. */
function serve(client: Socket, behind: Socket, hugeStart: string, fault: () => Fault | undefined): void {
  for (const [socket, other] of [
    [client, behind],
    [behind, client],
  ] as const) {
    socket.on('error', () => undefined)
    socket.on('close', () => other.destroy())
  }
  void forward(client, behind, async chunk => {
    await whileHanging(fault, client)
    const now = fault()
    if (now === 'reset') client.resetAndDestroy()
    else if (now === 'garbage') client.end(Buffer.concat([NO_ANSWER, randomBytes(512)]))
    else if (now === 'huge') await flood(client, hugeStart)
    else behind.write(chunk)
  })
  void forward(behind, client, async chunk => {
    await whileHanging(fault, client)
    if (fault() === 'half') client.end(chunk.subarray(0, Math.ceil(chunk.length / 2)))
    else if (fault() === 'slow') await trickle(client, chunk, fault)
    else client.write(chunk)
  })
}

async function forward(from: Socket, to: Socket, pass: (chunk: Buffer) => Promise<void>): Promise<void> {
  try {
    for await (const chunk of from) await pass(chunk as Buffer)
    to.end()
  } catch {
    to.destroy() // one of them was cut off
  }
}

/** As packets that get lost: they come when the way is good again. */
async function whileHanging(fault: () => Fault | undefined, { closed }: Socket): Promise<void> {
  while (fault() === 'hang' && !closed) await pause(20)
}

async function trickle(client: Socket, chunk: Buffer, fault: () => Fault | undefined): Promise<void> {
  let sent = 0
  for (; sent < chunk.length && fault() === 'slow' && !client.closed; sent += SLOW) {
    client.write(chunk.subarray(sent, sent + SLOW))
    await pause(100)
  }
  client.write(chunk.subarray(sent))
}

async function flood(client: Socket, start: string): Promise<void> {
  async function* answer(): AsyncGenerator<string | Buffer> {
    yield start
    const piece = Buffer.alloc(65_536, '1')
    for (let sent = 0; sent < HUGE; sent += piece.length) yield piece
  }
  await pipeline(Readable.from(answer()), client)
}
