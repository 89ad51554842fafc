import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer as createProxy, request } from 'node:http'
import { createServer } from 'node:https'
import { type AddressInfo, connect, type Server } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { onTestFinished } from 'vitest'
import { certify, createAuthority } from '../providers/tls-servers.ts'
import { type ScriptedProvider, scriptedProvider } from '../scripted-provider.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

/** A provider that is only reached through a proxy, at a name that no DNS server knows, with a certificate of a private authority. */
export interface CorporateNetwork {
  readonly provider: ScriptedProvider
  readonly issuer: string
  /** Without credentials. */
  readonly proxyHost: string
  readonly credentials: string
  /** The file with the certificate of the authority. */
  readonly authority: string
  /** The client that the provider knows. */
  readonly client: { readonly CLIENT_ID: string; readonly CLIENT_SECRET: string }
  /** What the proxy was asked to connect to. */
  readonly connections: readonly string[]
  /** Where a browser finds the provider. */
  readonly route: (url: URL) => URL
}

const HOST = 'op.corp.test'

export async function corporateNetwork(): Promise<CorporateNetwork> {
  const provider = await scriptedProvider()
  onTestFinished(provider.close)
  const issuer = `https://${HOST}`
  speakAs(provider, issuer)
  const authority = await createAuthority('the authority of a company')
  const certificate = join(await temporaryDirectory(), 'root.pem')
  await writeFile(certificate, authority.cert)
  const identity = await certify({ issuer: authority, host: HOST })
  const tls = createServer({ key: identity.private, cert: identity.cert }, (message, response) => {
    const { method, headers, url = '' } = message
    const forwarded = request(provider.issuer + url, { method, headers }, answer => {
      response.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(response)
    })
    message.pipe(forwarded)
  })
  const tlsPort = await listen(tls)
  const credentials = 'clerk:secret'
  const connections: string[] = []
  const proxy = createProxy((_message, response) => void response.writeHead(501).end())
  proxy.on('connect', (message, socket: Duplex) => {
    const expected = `Basic ${Buffer.from(credentials).toString('base64')}`
    if (message.headers['proxy-authorization'] !== expected)
      return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
    connections.push(message.url ?? '')
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
    const upstream = connect(tlsPort, '127.0.0.1')
    socket.on('error', () => upstream.destroy()).pipe(upstream)
    upstream.on('error', () => socket.destroy()).pipe(socket)
    onTestFinished(() => void upstream.destroy())
  })
  return {
    provider,
    issuer,
    proxyHost: `127.0.0.1:${await listen(proxy)}`,
    credentials,
    authority: certificate,
    client: { CLIENT_ID: 'shop', CLIENT_SECRET: 'a secret of the shop' },
    connections,
    route: url => (url.host === HOST ? new URL(url.pathname + url.search, provider.issuer) : url),
  }
}

/** Lets the provider speak as if it were at another address. */
function speakAs(provider: ScriptedProvider, issuer: string): void {
  const moved = Object.entries(provider.metadata).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.replace(provider.issuer, issuer) : value,
  ])
  Object.assign(provider.metadata, Object.fromEntries(moved))
  provider.idToken = (claims, header) => ({ claims: { ...claims, iss: issuer }, header })
  provider.authorizationResponse = usual => ({ ...usual, iss: issuer })
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}
