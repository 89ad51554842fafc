import { createHash, randomUUID } from 'node:crypto'
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import supertest, { type Response } from 'supertest'

/** What a proof differs in from a right one. `undefined` leaves a member out. */
export interface ProofChange {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  /** Signs instead of the caller's own key. */
  readonly key?: CryptoKey | Uint8Array
}

/** A program with a key of its own, which calls an API as RFC 9449 §7 says. */
export interface DpopCaller {
  readonly jkt: string
  readonly publicJwk: JWK
  readonly privateJwk: JWK
  /** The nonce of the newest answer. */
  nonce: string | undefined
  readonly proof: (request: ProofRequest, change?: ProofChange) => Promise<string>
  /** Sends a request, and remembers the nonce of its answer. */
  readonly call: (app: CalledApp, path: string, token: string, options?: CallOptions) => Promise<Response>
}

interface CalledApp {
  readonly url: string
}

interface ProofRequest {
  readonly url: string
  readonly token: string
  readonly method?: string
}

interface CallOptions extends ProofChange {
  readonly scheme?: string
  /** Replaces the header `DPoP`. */
  readonly proofs?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  /** The URL that the proof names. Default: that of the request. */
  readonly url?: string
  readonly method?: 'get' | 'post'
}

export async function dpopCaller(alg = 'ES256'): Promise<DpopCaller> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const [publicJwk, privateJwk] = await Promise.all([exportJWK(publicKey), exportJWK(privateKey)])
  const caller: DpopCaller = {
    jkt: await calculateJwkThumbprint(publicJwk),
    publicJwk,
    privateJwk,
    nonce: undefined,
    proof({ url, token, method = 'GET' }, { claims, header, key = privateKey } = {}) {
      const { nonce } = caller
      const right = {
        jti: randomUUID(),
        iat: Math.floor(Date.now() / 1_000),
        htm: method,
        htu: url.replace(/[?#].*$/, ''),
        ath: createHash('sha256').update(token).digest('base64url'),
        nonce,
      }
      return new SignJWT(known({ ...right, ...claims }))
        .setProtectedHeader({ alg, ...known({ typ: 'dpop+jwt', jwk: publicJwk, ...header }) })
        .sign(key)
    },
    async call(
      app,
      path,
      token,
      { scheme = 'DPoP', proofs, headers = {}, url, method = 'get', ...change } = {},
    ) {
      const request = { url: url ?? app.url + path, token, method: method.toUpperCase() }
      const sent = proofs ?? [await caller.proof(request, change)]
      const answer = await supertest(app.url)
        [method](path)
        .set({ accept: 'application/json', authorization: `${scheme} ${token}`, ...headers })
        .set('dpop', sent as unknown as string)
      caller.nonce = answer.headers['dpop-nonce'] ?? caller.nonce
      return answer
    },
  }
  return caller
}

function known(members: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
