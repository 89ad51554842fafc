import type { StepUp } from '../../protocol/sign-in/step-up.ts'

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
    }
  /** The user is allowed after authenticating in this way. */
  | { readonly kind: 'step-up'; readonly stepUp: StepUp }

export const pass: Decision = Object.freeze({ kind: 'pass' })
export const forbidden: Decision = Object.freeze({ kind: 'forbidden' })
export const unauthenticated: Decision = Object.freeze({ kind: 'unauthenticated' })

/** Makes the decision that asks for a step-up. */
export function askFor(stepUp: StepUp): Decision {
  return Object.freeze({ kind: 'step-up', stepUp: Object.freeze(stepUp) })
}
