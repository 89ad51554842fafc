import type { GuardAnswers } from '../../relying-party/options/hooks.ts'
import { answerNames, argumentError, verifyOptions } from './arguments.ts'
import { type Guard, isGuard } from './guard.ts'

/** At least one guard, optionally followed by the answers of the combined guard. */
export type GuardsAndAnswers =
  | readonly [Guard, ...(readonly Guard[])]
  | readonly [Guard, ...(readonly Guard[]), GuardAnswers]

/** Separates the guards from the answers, and refuses anything else. */
export function parseGuards(
  name: string,
  given: readonly (Guard | GuardAnswers)[],
): { readonly guards: readonly Guard[]; readonly answers: GuardAnswers } {
  const last = given.at(-1)
  const hasAnswers = given.length > 1 && typeof last === 'object'
  const guards = hasAnswers ? given.slice(0, -1) : given
  if (guards.length === 0 || !guards.every(isGuard))
    throw argumentError(name, 'the arguments must be guards of this library, such as requireUser()')
  return { guards, answers: hasAnswers ? verifyOptions(name, last, answerNames) : {} }
}
