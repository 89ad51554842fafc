import type { GuardAnswers } from '../../relying-party/options/hooks.ts'
import { answerNames, argumentError, verifyOptions } from './arguments.ts'
import { fulfils, readClaim, readMembers } from './claim-rule.ts'
import { forbidFor, pass } from './decision.ts'
import { buildGuard, type Guard } from './guard.ts'

/** Where {@link requireRoles} finds the roles, and how it answers. */
export interface RequireRolesOptions extends GuardAnswers {
  /**
   * The claim that contains the roles, by name or path; as an array, by the exact names along the path. Default `roles`. With
   * Keycloak `realm_access.roles`, or `['resource_access', clientId, 'roles']`.
   */
  readonly at?: string | readonly string[]
}

/**
 * Makes a guard that lets users pass who have a role, or all of several roles. To accept any one of several, see {@link anyOf}.
 * Keycloak puts roles into `req.user` once the mappers of its client scope `roles` add them to the ID token or UserInfo.
 *
 * @example
 * ```ts
 * app.use('/admin', requireRoles('admin', { at: 'realm_access.roles' }))
 * app.use('/stock', requireRoles(['clerk', 'buyer'], { at: ['resource_access', 'shop.example', 'roles'] }))
 * ```
 * @throws {@link OidcError} `ERR_OIDC_INVALID_OPTION`, naming the argument and the rule.
 */
export function requireRoles(roles: string | readonly string[], options: RequireRolesOptions = {}): Guard {
  const { at = 'roles' } = verifyOptions('requireRoles', options, ['at', ...answerNames])
  const required = parseTexts('roles', roles)
  const names = parseTexts('at', at)
  const read = (user: unknown): unknown =>
    typeof at === 'string' ? readClaim(user, at) : readMembers(user, names)
  const claims = names.slice(0, 1)
  return buildGuard('requireRoles', options, ({ user }) =>
    fulfils(read(user), required) ? pass : forbidFor(user, claims),
  )
}

function parseTexts(name: string, given: string | readonly string[]): readonly string[] {
  const texts: unknown = typeof given === 'string' ? [given] : given
  if (Array.isArray(texts) && texts.length > 0 && [...texts].every(isText)) return Object.freeze([...texts])
  throw argumentError('requireRoles', `${name} must be a non-empty string or an array of non-empty strings`)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
