import { createHash, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'

/** The request that a proof is for. */
export interface ProvenRequest {
  /** Default `GET`. */
  readonly method?: string
  /** The public URL: `baseUrl` and the path. */
  readonly url: string
  readonly accessToken: string
  /** The header `DPoP-Nonce` of the newest answer. */
  readonly nonce?: string
}

/** A caller of an API with a key of its own, made by {@link dpopCaller}. */
export interface DpopCaller {
  /** The thumbprint of its key, for `issueAccessToken({ jkt })`. */
  readonly jkt: string
  /** Makes the headers of one request: the token, and a proof that counts once. */
  headers(request: ProvenRequest): Promise<{ readonly authorization: string; readonly dpop: string }>
}

/**
 * Makes a caller with a new key, for tests of an API that accepts bound access tokens.
 *
 * @example
 * ```ts
 * import { dpopCaller, testProvider } from 'express-oidc-rp/testing'
 *
 * const [provider, caller] = await Promise.all([testProvider(), dpopCaller()])
 * const accessToken = await provider.issueAccessToken({ audience: 'https://api.example', jkt: caller.jkt })
 * const url = 'http://localhost:3000/orders'
 * const first = await fetch(url, { headers: await caller.headers({ url, accessToken }) }) // 401, with the nonce
 * const nonce = first.headers.get('dpop-nonce') ?? ''
 * const second = await fetch(url, { headers: await caller.headers({ url, accessToken, nonce }) })
 * ```
 * @see RFC 9449 §7.1
 */
export async function dpopCaller(): Promise<DpopCaller> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = await exportJWK(publicKey)
  return {
    jkt: await calculateJwkThumbprint(jwk),
    async headers({ method = 'GET', url, accessToken, nonce }) {
      const ath = createHash('sha256').update(accessToken).digest('base64url')
      const claims = { htm: method, htu: url.replace(/[?#].*$/s, ''), ath, ...(nonce && { nonce }) }
      const dpop = await new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .setIssuedAt()
        .setJti(randomUUID())
        .sign(privateKey)
      return { authorization: `DPoP ${accessToken}`, dpop }
    },
  }
}
