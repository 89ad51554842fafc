import type { ProtectedHeaderParameters } from 'jose'
import { decodeProtectedHeader } from 'jose/decode/protected_header'
import * as errors from 'jose/errors'
import { showValue } from '../../vocabulary/clean-words.ts'
import { type JsonObject, MOST_LEVELS } from '../../vocabulary/json.ts'
import { describeClaim } from '../requests/failed-check.ts'

/** The claims of a token are nested too deep, although its signature is good. */
export class DeepClaims extends errors.JWTInvalid {}

/** What a token was expected to be. */
interface Expected {
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  readonly algorithms: readonly string[]
}

/**
 * Says in words which check of `jose` a token did not pass.
 *
 * @param token - Its `kid` and `alg` are named. Leave it out for a token that a stranger can send.
 */
export function failedVerification(
  error: unknown,
  { issuer, audience, algorithms }: Expected,
  token?: string,
): string {
  const { kid, alg } = headerOf(token)
  if (error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired) {
    const { claim, payload: claims } = error
    const expected = { iss: issuer, aud: audience }[claim]
    return describeClaim({ claim, claims: claims as JsonObject, expected })
  }
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return kid === undefined
      ? 'its signature does not fit the key of the provider'
      : `its signature does not fit the provider's key with the kid ${showValue(kid)}`
  if (error instanceof errors.JWKSNoMatchingKey)
    return kid === undefined
      ? 'the provider publishes no key that fits it'
      : `the provider publishes no key with the kid ${showValue(kid)} for ${showValue(alg)}`
  if (error instanceof errors.JOSEAlgNotAllowed)
    return alg === undefined
      ? 'its alg is not accepted'
      : `alg is ${showValue(alg)} instead of ${showValue(algorithms)}`
  if (error instanceof DeepClaims) return `its claims are nested more than ${MOST_LEVELS} levels deep`
  if (error instanceof errors.JWTInvalid || error instanceof errors.JWSInvalid)
    return 'it is not a signed JWT'
  if (error instanceof errors.JOSENotSupported) return 'its header has crit'
  return 'its signature cannot be verified'
}

function headerOf(token: string | undefined): ProtectedHeaderParameters {
  try {
    return token === undefined ? {} : decodeProtectedHeader(token)
  } catch {
    return {}
  }
}
