import type { StepUp } from '../../protocol/sign-in/step-up.ts'

/** What a guard says to a request. */
export type Decision =
  | { readonly kind: 'pass' }
  /** Nobody is signed in. */
  | { readonly kind: 'unauthenticated' }
  /** The user who is signed in may not. */
  | {
      readonly kind: 'forbidden'
      /** The scope that he would need, where that is what he lacks. */
      readonly scope?: readonly string[]
    }
  /** He may, once he has authenticated in this way. */
  | { readonly kind: 'step-up'; readonly stepUp: StepUp }

export const pass: Decision = Object.freeze({ kind: 'pass' })
export const forbidden: Decision = Object.freeze({ kind: 'forbidden' })
export const unauthenticated: Decision = Object.freeze({ kind: 'unauthenticated' })

/** Makes the decision that asks for a step-up. */
export function askFor(stepUp: StepUp): Decision {
  return Object.freeze({ kind: 'step-up', stepUp: Object.freeze(stepUp) })
}
