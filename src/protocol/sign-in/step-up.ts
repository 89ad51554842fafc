import type { IdTokenClaims } from '../../vocabulary/claims.ts'
import { CLOCK_TOLERANCE } from '../../vocabulary/clock-tolerance.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { addSkew, type ProviderClock } from '../requests/provider-clock.ts'
import { buildChallenge, type TokenScheme } from './challenge.ts'

/** Requirements on how and when the user authenticated. */
export interface StepUp {
  /** Acceptable Authentication Context Class References, the preferred one first. One of them is enough. */
  readonly acrValues?: readonly string[]
  /** Acceptable vectors of trust (RFC 8485 §3), the preferred one first. One of them is enough. */
  readonly vtr?: readonly string[]
  /** Seconds for which the user's authentication counts as recent. With 0 the user must authenticate again. */
  readonly maxAge?: number
}

type Parameters = Readonly<Record<string, string>>

/** Builds the parameters that request a step-up (OpenID Connect Core 1.0 §3.1.2.1, RFC 8485 §4). */
export function buildStepUpParameters({ acrValues, vtr, maxAge }: StepUp): Parameters {
  return {
    ...(acrValues && { acr_values: acrValues.join(' ') }),
    ...(vtr && { vtr: JSON.stringify(vtr) }),
    ...(maxAge !== undefined && { max_age: String(maxAge) }),
  }
}

/** Joins the parameters of all sign-ins with those of this one. Of two `max_age` values, the smaller one wins. */
export function joinParameters(usual: Parameters, more: Parameters): Parameters {
  const ages = [usual, more].map(({ max_age }) => parseMaxAge(max_age)).filter(age => age !== undefined)
  return { ...usual, ...more, ...(ages.length > 1 && { max_age: String(Math.min(...ages)) }) }
}

/** The `max_age` of a request in seconds, if it has one. */
export function maxAgeOf({ max_age }: Parameters): number | undefined {
  return parseMaxAge(max_age)
}

function parseMaxAge(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

/** Whether the user authenticated in the last `maxAge` seconds, allowing for clocks that differ. */
export function isRecent(
  { auth_time: authTime }: IdTokenClaims,
  maxAge: number,
  tolerance: number = CLOCK_TOLERANCE,
): boolean {
  if (typeof authTime !== 'number') return false
  const age = Math.floor(Date.now() / 1_000) - authTime
  return age <= maxAge + tolerance && age >= -tolerance
}

/** Whether the authentication belongs to one of these classes. */
export function hasAcr({ acr }: IdTokenClaims, acrValues: readonly string[]): boolean {
  return typeof acr === 'string' && acrValues.includes(acr)
}

/** Whether the authentication has all components of one of these vectors of trust; it may have more (RFC 8485 §4). */
export function hasVot({ vot }: IdTokenClaims, vectors: readonly string[]): boolean {
  const components = typeof vot === 'string' ? vot.split('.') : []
  return vectors.some(vector => vector.split('.').every(component => components.includes(component)))
}

/** Whether all of these authentication methods were used. */
export function hasAmr({ amr }: IdTokenClaims, methods: readonly string[]): boolean {
  return Array.isArray(amr) && methods.every(method => amr.includes(method))
}

/**
 * Refuses an ID token that does not honor the request's `max_age` (OpenID Connect Core 1.0 §3.1.3.7-13): with that
 * parameter `auth_time` is required.
 */
export function verifyAuthTime(
  claims: IdTokenClaims,
  maxAge: number | undefined,
  clock: ProviderClock,
): void {
  if (maxAge === undefined || isRecent(claims, maxAge, clock.tolerance)) return
  throw new OidcError('ERR_OIDC_STEP_UP_FAILED', {
    message:
      claims.auth_time === undefined
        ? 'max_age was sent, but the ID token has no auth_time.'
        : `${addSkew(`auth_time is not within the last ${maxAge} seconds`, clock.skew(), clock.tolerance)}.`,
  })
}

/** Builds the challenge that tells an API client which authentication is required (RFC 9470 §3). */
export function buildStepUpChallenge(scheme: TokenScheme | 'Session', realm: string, stepUp: StepUp): string {
  return buildChallenge(scheme, {
    realm,
    error: 'insufficient_user_authentication',
    error_description: 'A stronger or more recent authentication is needed',
    ...buildStepUpParameters(stepUp),
  })
}
