import type { StepUp } from '../../protocol/sign-in/step-up.ts'
import { type GuardsAndAnswers, parseGuards } from './combined.ts'
import { askFor, pass } from './decision.ts'
import { buildHandler, type Guard } from './guard.ts'

/**
 * Makes a guard that lets a request pass if all of several guards would. They are asked in this order, up to the first one
 * that forbids; their requirements for the sign-in are combined into one. The last argument may say how this guard answers; the
 * answers of the inner guards do not count.
 *
 * @example
 * ```ts
 * const isAuditor = allOf(requireRoles('auditor'), requireAcr('gold'), requireRecentLogin({ maxAge: 600 }))
 * app.use('/audit', isAuditor)
 * ```
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, naming the argument and the rule.
 */
export function allOf(...guards: GuardsAndAnswers): Guard {
  const parsed = parseGuards('allOf', guards)
  return buildHandler('allOf', parsed.answers, async req => {
    const stepUps: StepUp[] = []
    for (const guard of parsed.guards) {
      const decision = await guard.decide(req)
      if (decision.kind === 'step-up') stepUps.push(decision.stepUp)
      else if (decision.kind !== 'pass') return decision
    }
    return stepUps.length === 0 ? pass : askFor(joinStepUps(stepUps))
  })
}

/** One sign-in that satisfies all: a class and a vector that each accepts, if there is one, and the shortest time. */
function joinStepUps(stepUps: readonly StepUp[]): StepUp {
  const ages = stepUps.flatMap(({ maxAge }) => (maxAge === undefined ? [] : [maxAge]))
  const acrValues = acceptedByAll(stepUps.map(stepUp => stepUp.acrValues))
  const vtr = acceptedByAll(stepUps.map(stepUp => stepUp.vtr))
  return {
    ...(acrValues && { acrValues }),
    ...(vtr && { vtr }),
    ...(ages.length > 0 && { maxAge: Math.min(...ages) }),
  }
}

function acceptedByAll(lists: readonly (readonly string[] | undefined)[]): readonly string[] | undefined {
  const [first, ...others] = lists.filter(list => list !== undefined)
  const common = first?.filter(value => others.every(other => other.includes(value)))
  return common?.length ? common : first
}
