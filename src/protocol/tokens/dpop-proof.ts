import { createHash } from 'node:crypto'
import type { JWTPayload } from 'jose'
import { decodeProtectedHeader } from 'jose/decode/protected_header'
import { EmbeddedJWK } from 'jose/jwk/embedded'
import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { jwtVerify } from 'jose/jwt/verify'
import { OidcError } from '../../vocabulary/errors.ts'
import { isObject } from '../../vocabulary/json.ts'
import type { Profile } from '../../vocabulary/profile.ts'
import { allowedBy } from '../metadata/profile.ts'
import { describeClaim } from '../requests/failed-check.ts'
import { failedVerification } from './failed-verification.ts'

/** The request that a proof is for. */
export interface ProvenRequest {
  readonly method: string
  /** Its public URL, which no header of the request may decide. */
  readonly url: string
  readonly accessToken: string
  /** The thumbprint of the key that the access token is bound to. */
  readonly jkt: string
  /** What the app's profile allows; `undefined` if it has none. */
  readonly profile: Profile | undefined
}

/** What a proof says that its server must compare with what it knows. */
export interface Proof {
  /** Distinguishes the proof from every other one, also of other callers. */
  readonly id: string
  readonly nonce: unknown
}

/** Seconds by which the caller's clock may differ. The nonce decides how fresh a proof is. */
const CLOCK_DIFFERENCE = 300

/**
 * Verifies the proof that a request's sender has the key of its access token (RFC 9449 §4.3). Whether the nonce is one of this
 * server, and whether the proof is used for the first time, is left to the caller.
 *
 * @throws {@link OidcError} `ERR_OIDC_DPOP_PROOF_INVALID`
 */
export async function verifyProof(proof: string, request: ProvenRequest): Promise<Proof> {
  await verifyKey(proof, request.jkt)
  const claims = await verifySigned(proof, [...allowedBy(request.profile)])
  const { htm, htu, ath, jti = '', iat = 0 } = claims
  const refuseClaim = (claim: string, expected?: unknown): OidcError =>
    refuse(describeClaim({ claim, claims, expected }))
  if (htm !== request.method) throw refuseClaim('htm', request.method)
  if (!isSameTarget(htu, request.url)) throw refuseClaim('htu', withoutQuery(request.url))
  if (ath !== createHash('sha256').update(request.accessToken).digest('base64url'))
    throw refuse('ath is not the hash of the access token')
  if (Math.abs(Date.now() / 1_000 - iat) > CLOCK_DIFFERENCE) throw refuseClaim('iat')
  if (typeof jti !== 'string' || jti === '') throw refuse('jti is not a text')
  const id = createHash('sha256').update(`${request.jkt}\n${jti}`).digest('base64url')
  return { id, nonce: claims['nonce'] }
}

/** Before the signature: only a key that the provider has named may cost the time that a signature takes. */
async function verifyKey(proof: string, jkt: string): Promise<void> {
  const found = await thumbprintIn(proof).catch(() => undefined)
  if (found === undefined) throw refuse('it is not a JWT with a public key in its header')
  if (found !== jkt) throw refuse('its key is not the one that the access token is bound to')
}

async function thumbprintIn(proof: string): Promise<string | undefined> {
  const { jwk } = decodeProtectedHeader(proof)
  return isObject(jwk) ? calculateJwkThumbprint(jwk) : undefined
}

/** `jose` refuses a private or secret key in the header. */
async function verifySigned(proof: string, algorithms: string[]): Promise<JWTPayload> {
  const options = {
    typ: 'dpop+jwt',
    algorithms,
    requiredClaims: ['jti', 'htm', 'htu', 'iat', 'ath'],
  }
  try {
    return (await jwtVerify(proof, EmbeddedJWK, options)).payload
  } catch (error) {
    throw refuse(failedVerification(error, { algorithms }), error)
  }
}

/** RFC 9449 §4.3: without query and fragment, and normalized as URLs are (RFC 3986 §6.2.2, §6.2.3). */
function isSameTarget(htu: unknown, url: string): boolean {
  return typeof htu === 'string' && URL.canParse(htu) && withoutQuery(htu) === withoutQuery(url)
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}

function refuse(reason: string, cause?: unknown): OidcError {
  return new OidcError('ERR_OIDC_DPOP_PROOF_INVALID', { reason, cause })
}
