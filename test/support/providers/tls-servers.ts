import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer, type ServerOptions } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { generate } from 'selfsigned'
import { onTestFinished } from 'vitest'

/** A certificate with its private key, as PEM. */
export interface Identity {
  readonly cert: string
  readonly private: string
}

interface Certificate {
  /** Who signs it. Without it the certificate is self-signed. */
  readonly issuer?: Identity
  /** The only host name that it is for. Without it, it is for 127.0.0.1. */
  readonly host?: string
  readonly notBeforeDate?: Date
  readonly notAfterDate?: Date
}

const elliptic = { keyType: 'ec', algorithm: 'sha256' } as const

/** The certificate of a server. */
export async function certify({ issuer, host, ...dates }: Certificate): Promise<Identity> {
  const altName =
    host === undefined ? { type: 7 as const, ip: '127.0.0.1' } : { type: 2 as const, value: host }
  return generate([{ name: 'commonName', value: 'server' }], {
    ...elliptic,
    ...dates,
    ...(issuer && { ca: { key: issuer.private, cert: issuer.cert } }),
    extensions: [{ name: 'subjectAltName', altNames: [altName] }],
  })
}

/** The certificate of an authority: a root, or an intermediate one with an issuer. */
export async function createAuthority(name: string, issuer?: Identity): Promise<Identity> {
  return generate([{ name: 'commonName', value: name }], {
    ...elliptic,
    ...(issuer && { ca: { key: issuer.private, cert: issuer.cert } }),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  })
}

/** Serves https on loopback until the test ends. Tells the origin. */
export async function serveHttps(identity: Identity, options: ServerOptions = {}): Promise<string> {
  const server = createHttpsServer(
    { key: identity.private, cert: identity.cert, ...options },
    (_, response) => {
      response.end('{}')
    },
  )
  return `https://${await listen(server)}`
}

/** Serves http on loopback until the test ends. Tells the host with the port. */
export async function serveHttp(): Promise<string> {
  return listen(createHttpServer((_, response) => response.end('{}')))
}

/** Does something with each connection once it has sent anything. Tells the host with the port. */
export async function serveSocket(handle: (socket: Socket) => void): Promise<string> {
  return listen(
    createServer(socket => socket.on('error', () => undefined).once('data', () => handle(socket))),
  )
}

/** A host and port on which nothing listens any more. */
export async function unusedHost(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `127.0.0.1:${port}`
}

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', socket => sockets.add(socket)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  const { port } = server.address() as AddressInfo
  return `127.0.0.1:${port}`
}
