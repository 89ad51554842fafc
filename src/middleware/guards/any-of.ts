import { type GuardsAndAnswers, parseGuards } from './combined.ts'
import { type Decision, forbidden } from './decision.ts'
import { buildHandler, type Guard } from './guard.ts'

/**
 * Makes a guard that lets a request pass if one of several guards would. They are asked in this order, up to the first
 * one that does. If none does but a stronger sign-in could help, the user is asked for it. The last argument may say how this
 * guard answers; the answers of the inner guards do not count.
 *
 * @example
 * ```ts
 * app.use('/edit', anyOf(requireRoles('editor'), requireClaims({ email: 'boss@app.example' })))
 * ```
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, naming the argument and the rule.
 */
export function anyOf(...guards: GuardsAndAnswers): Guard {
  const parsed = parseGuards('anyOf', guards)
  return buildHandler('anyOf', parsed.answers, async req => {
    let best: Exclude<Decision, { kind: 'pass' | 'unauthenticated' }> = forbidden
    const elsewhere: string[] = []
    for (const guard of parsed.guards) {
      const decision = await guard.decide(req)
      if (decision.kind === 'pass' || decision.kind === 'unauthenticated') return decision
      if (best.kind === 'forbidden') best = decision
      elsewhere.push(...(decision.elsewhere ?? []))
    }
    return elsewhere.length > 0 ? Object.freeze({ ...best, elsewhere }) : best
  })
}
