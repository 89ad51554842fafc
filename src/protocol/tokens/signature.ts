import type { JWTVerifyOptions, JWTVerifyResult } from 'jose'
import * as errors from 'jose/errors'
import { jwtVerify } from 'jose/jwt/verify'
import { isTooDeep } from '../../vocabulary/json.ts'
import type { KeyCache } from '../provider/key-cache.ts'
import { findImpossibleTime } from '../requests/impossible-times.ts'
import { DeepClaims } from './failed-verification.ts'

/**
 * Verifies a JWT with the provider's keys, and the claims that the options name. If several keys fit a token that
 * has no `kid`, each is tried.
 *
 * @throws What `jose` throws; `ERR_OIDC_PROVIDER_UNAVAILABLE` without the provider's keys.
 */
export async function verifySignature(
  keys: Pick<KeyCache, 'getKey'>,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  const verified = await verifyByItsKey(keys, token, options)
  const { payload } = verified
  if (isTooDeep(payload)) throw new DeepClaims()
  const impossible = findImpossibleTime(payload)
  if (impossible) throw new errors.JWTClaimValidationFailed('impossible time', payload, impossible, 'invalid')
  return verified
}

async function verifyByItsKey(
  { getKey }: Pick<KeyCache, 'getKey'>,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, getKey, options)
  } catch (error) {
    if (error instanceof errors.JWKSMultipleMatchingKeys) return verifyByAny(error, token, options)
    throw error
  }
}

/** Like {@link verifySignature}, for a token whose `kid` may belong to a different key of the provider: each that is known is tried. */
export async function verifyUnderAnyKid(
  { getKeyUnderAnyKid: getKey, refetchForAnyKid }: Pick<KeyCache, 'getKeyUnderAnyKid' | 'refetchForAnyKid'>,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  try {
    return await verifySignature({ getKey }, token, options)
  } catch (error) {
    if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error
    await refetchForAnyKid() // a new key may have signed it
    return verifySignature({ getKey }, token, options)
  }
}

/** Whether a token was refused because of its claims, which are looked at only once its signature is verified. */
export function isAboutClaims(error: unknown): error is errors.JWTExpired | errors.JWTClaimValidationFailed {
  return error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed
}

/** Whether a token was refused because of when it is valid. */
export function isAboutTime(error: unknown): error is errors.JWTExpired | errors.JWTClaimValidationFailed {
  return (
    isAboutClaims(error) && error.reason === 'check_failed' && ['exp', 'iat', 'nbf'].includes(error.claim)
  )
}

async function verifyByAny(
  candidates: errors.JWKSMultipleMatchingKeys,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  for await (const key of candidates) {
    try {
      return await jwtVerify(token, key, options)
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error
    }
  }
  throw new errors.JWSSignatureVerificationFailed()
}
