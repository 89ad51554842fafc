import type { StepUp } from '../../protocol/sign-in/step-up.ts'
import { claimsElsewhere } from '../../vocabulary/claims-elsewhere.ts'

/** What a guard decides about a request. */
export type Decision =
  | { readonly kind: 'pass' }
  /** Nobody is signed in. */
  | { readonly kind: 'unauthenticated' }
  /** The signed-in user is not allowed. */
  | {
      readonly kind: 'forbidden'
      /** The scope that is missing, if that is the reason. */
      readonly scope?: readonly string[]
      /** Claims that the provider only refers to: whether the user is allowed is unknown. */
      readonly elsewhere?: readonly string[]
    }
  /** The user is allowed after authenticating in this way. */
  | { readonly kind: 'step-up'; readonly stepUp: StepUp; readonly elsewhere?: readonly string[] }

export const pass: Decision = Object.freeze({ kind: 'pass' })
export const forbidden: Extract<Decision, { kind: 'forbidden' }> = Object.freeze({ kind: 'forbidden' })
export const unauthenticated: Decision = Object.freeze({ kind: 'unauthenticated' })

/**
 * Makes the decision that forbids, because claims are not as required. If all of them are ones that the provider only refers to, it is
 * unknown whether the user has them.
 */
export function forbidFor(user: Express.User, claims: readonly string[]): Decision {
  const names = claimsElsewhere(user)
  const elsewhere = names.filter(name => claims.some(claim => isBelow(claim, name)))
  const isUnknown = claims.every(claim => elsewhere.some(name => isBelow(claim, name)))
  return isUnknown && elsewhere.length > 0 ? Object.freeze({ kind: 'forbidden', elsewhere }) : forbidden
}

const isBelow = (path: string, name: string): boolean => path === name || path.startsWith(`${name}.`)

/** Makes the decision that asks for a step-up. */
export function askFor(stepUp: StepUp): Decision {
  return Object.freeze({ kind: 'step-up', stepUp: Object.freeze(stepUp) })
}
