import { hasVot } from '../../protocol/sign-in/step-up.ts'
import type { GuardAnswers } from '../../relying-party/options/hooks.ts'
import { answerNames, argumentError, parseWords, verifyOptions } from './arguments.ts'
import { askFor, pass } from './decision.ts'
import { buildGuard, type Guard } from './guard.ts'

/** What {@link requireVot} asks for, and how it answers. */
export interface RequireVotOptions extends GuardAnswers {
  /** The vectors to request, if they say more than the ID token will. Default: those that let users pass. */
  readonly vtr?: string | readonly string[]
}

/**
 * Makes a guard that lets users pass whose ID token has one of these vectors of trust in `vot`, with all its components: `Cl.Cm`.
 * Other users are sent to the provider with `vtr` and return to the page; if that did not help, the answer is 403. API clients get
 * the challenge of RFC 9470.
 *
 * @example
 * ```ts
 * app.get('/tax', requireVot('Cl.Cm', { vtr: 'Cl.Cm.P2' }), (req, res) => res.json(req.user))
 * ```
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, naming the argument and the rule.
 * @see RFC 8485 §3, §4
 */
export function requireVot(vectors: string | readonly string[], options: RequireVotOptions = {}): Guard {
  const { vtr = vectors } = verifyOptions('requireVot', options, ['vtr', ...answerNames])
  const accepted = parseVectors('vectors', vectors)
  const ask = askFor({ vtr: parseVectors('vtr', vtr) })
  return buildGuard('requireVot', options, ({ oidc }) =>
    oidc.claims && hasVot(oidc.claims, accepted) ? pass : ask,
  )
}

function parseVectors(name: string, given: string | readonly string[]): readonly string[] {
  const vectors = parseWords('requireVot', name, given)
  if (vectors.every(vector => /^[A-Z][a-z\d](\.[A-Z][a-z\d])*$/.test(vector))) return vectors
  throw argumentError('requireVot', `${name} must be vectors of trust such as Cl.Cm`)
}
