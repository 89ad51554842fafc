import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose'
import { onTestFinished } from 'vitest'

/** A request that an API has received, with what its proof says. */
interface ProvenCall {
  readonly method: string
  readonly path: string
  readonly scheme: string
  readonly token: string
  /** The thumbprint of the key that signed the proof; `undefined` without a proof. */
  readonly jkt: string | undefined
  readonly claims: Readonly<Record<string, unknown>>
  readonly body: string
  readonly status: number
}

/** An API that wants a proof with each request (RFC 9449 §7). */
export interface ProvingApi {
  readonly origin: string
  readonly calls: ProvenCall[]
  /** The nonce that proofs must have; `undefined` wants none. */
  nonce: string | undefined
  /** Answers a request whose proof is right. */
  answer: (response: ServerResponse) => void
}

/** Starts it. It verifies what `jose` verifies, and that the proof is for this request and this token. */
export async function startProvingApi(): Promise<ProvingApi> {
  const calls: ProvenCall[] = []
  const hear = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const [scheme = '', token = ''] = (req.headers.authorization ?? '').split(' ')
    const proof = await readProof(req).catch(() => undefined)
    const body = await text(req)
    const htu = api.origin + (req.url ?? '').replace(/\?.*$/, '')
    const ath = createHash('sha256').update(token).digest('base64url')
    const { claims = {} } = proof ?? {}
    const isRight = claims['htm'] === req.method && claims['htu'] === htu && claims['ath'] === ath
    if (api.nonce !== undefined) res.setHeader('dpop-nonce', api.nonce)
    if (scheme !== 'DPoP' || !isRight) refuse(res, 'invalid_dpop_proof')
    else if (claims['nonce'] !== api.nonce) refuse(res, 'use_dpop_nonce')
    else api.answer(res)
    const { method = '', url: path = '' } = req
    calls.push({ method, path, scheme, token, jkt: proof?.jkt, claims, body, status: res.statusCode })
    res.end(req.method === 'HEAD' ? undefined : `heard ${body}`)
  }
  const server = createServer((req, res) => void hear(req, res)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const api: ProvingApi = { origin, calls, nonce: undefined, answer: () => undefined }
  return api
}

async function readProof({ headers }: IncomingMessage) {
  const { payload, protectedHeader } = await jwtVerify(String(headers['dpop']), EmbeddedJWK, {
    typ: 'dpop+jwt',
    requiredClaims: ['jti', 'iat'],
  })
  return { claims: payload, jkt: await calculateJwkThumbprint(protectedHeader.jwk ?? {}) }
}

function refuse(res: ServerResponse, error: string): void {
  res.statusCode = 401
  res.setHeader('www-authenticate', `DPoP error="${error}", algs="ES256"`)
}
