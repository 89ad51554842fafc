import type { GuardAnswers } from '../../relying-party/options/hooks.ts'
import { answerNames, argumentError, verifyOptions } from './arguments.ts'
import { fulfils, parseRequiredClaims, type RequiredClaims } from './claim-rule.ts'
import { forbidFor, pass } from './decision.ts'
import { buildGuard, type Guard } from './guard.ts'

/** How {@link requireClaims} compares and answers. */
export interface RequireClaimsOptions extends GuardAnswers {
  /** Reads a string claim as words separated by spaces, like `scope`. Default `false`: the whole string counts. */
  readonly spaceSeparated?: boolean
}

/**
 * Makes a guard that lets users pass whose claims, as on `req.user`, have the required values: equal to the value, or an array
 * that contains it; if several values are required, all of them. Dots lead into objects.
 *
 * @example
 * ```ts
 * app.get('/admin', requireClaims({ roles: 'admin', email_verified: true }), (req, res) => res.json(req.user))
 * app.get('/both', requireClaims({ 'realm_access.roles': ['admin', 'editor'] }), (req, res) => res.json(req.user))
 * ```
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, naming the argument and the rule.
 */
export function requireClaims(claims: RequiredClaims, options: RequireClaimsOptions = {}): Guard {
  const required = parseRequiredClaims('requireClaims', 'claims', claims)
  const { spaceSeparated = false } = verifyOptions('requireClaims', options, [
    'spaceSeparated',
    ...answerNames,
  ])
  if (typeof spaceSeparated !== 'boolean')
    throw argumentError('requireClaims', 'spaceSeparated must be true or false')
  return buildGuard('requireClaims', options, ({ user }) => {
    if (fulfils(user, required, spaceSeparated)) return pass
    const unmet = Object.entries(required).filter(
      ([path, one]) => !fulfils(user, { [path]: one }, spaceSeparated),
    )
    return forbidFor(
      user,
      unmet.map(([path]) => path),
    )
  })
}
