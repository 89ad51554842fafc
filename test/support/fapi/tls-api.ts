import { createHash, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import express, { type Express } from 'express'
import { onTestFinished } from 'vitest'
import { memoryStore, type RelyingPartyOptions, relyingParty, requireUser } from '../../../src/index.ts'
import { certify, createAuthority, type Identity } from '../providers/tls-servers.ts'
import { audience } from '../tokens/bearer.ts'

/** An API that ends TLS itself, and asks its callers for certificates. */
export interface TlsApi {
  readonly authority: Identity
  /** Asks for the user, and tells the status with what was said. */
  readonly call: (
    token: string,
    more?: {
      readonly identity?: Identity | undefined
      readonly headers?: Readonly<Record<string, string | string[]>>
    },
  ) => Promise<{ readonly status: number | undefined; readonly text: string }>
}

export async function startTlsApi(issuer: string, options: RelyingPartyOptions = {}): Promise<TlsApi> {
  const authority = await createAuthority('authority')
  const { private: key, cert } = await certify({ issuer: authority })
  const app = express()
  const server = createServer(
    { key, cert, ca: authority.cert, requestCert: true, rejectUnauthorized: false },
    app,
  ).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const rp = await mount(app, { issuer, baseUrl: url, ...options } as RelyingPartyOptions)
  onTestFinished(async () => {
    await rp.close()
    server.closeAllConnections()
    await new Promise(resolve => server.close(resolve))
  })
  return { authority, call: (token, more) => call(url, authority, token, more) }
}

async function mount(app: Express, options: RelyingPartyOptions) {
  const rp = relyingParty({
    store: memoryStore(),
    name: 'api',
    log: false,
    bearer: { audience, tokensOnly: true },
    client: { clientId: 'api' },
    ...options,
  } as RelyingPartyOptions)
  app.use(rp)
  app.get('/me', requireUser(), (req, res) => void res.json(req.user))
  await rp.ready()
  return rp
}

const call = (
  url: string,
  authority: Identity,
  token: string,
  { identity, headers = {} }: Parameters<TlsApi['call']>[1] = {},
): ReturnType<TlsApi['call']> =>
  new Promise((resolve, reject) => {
    const presented = identity && { cert: identity.cert, key: identity.private }
    const all = { ...headers, authorization: `Bearer ${token}` }
    request(`${url}/me`, { ca: authority.cert, headers: all, agent: false, ...presented }, answer => {
      const { statusCode: status } = answer
      answer.toArray().then(parts => resolve({ status, text: parts.join('') }), reject)
    })
      .on('error', reject)
      .end()
  })

/** The thumbprint that binds a token to a certificate (RFC 8705 §3.1). */
export function thumbprintOf({ cert }: Identity): string {
  return createHash('sha256').update(new X509Certificate(cert).raw).digest('base64url')
}

/** A certificate as a proxy passes it on (RFC 9440 §2.2). */
export function clientCert({ cert }: Identity): string {
  return `:${new X509Certificate(cert).raw.toString('base64')}:`
}
