import { decodeJwt } from 'jose/jwt/decode'
import type { AccessTokenClaims } from '../../vocabulary/claims.ts'
import { tenantIn } from '../metadata/issuer-template.ts'
import type { Provider } from '../provider/connection.ts'
import { type AccessTokenRules, refusal } from './access-token-claims.ts'
import { admits, otherTenant, tenantOf } from './tenant.ts'

/**
 * The rules for one access token. Where the provider's issuer is a template, only the token says whose issuer it must have. Nothing of
 * it is verified yet, but one that no tenant can have issued is refused before the provider's keys are fetched for it.
 *
 * @throws {@link OidcError} `ERR_OIDC_BEARER_TOKEN_INVALID`
 */
export function rulesOfTenant(
  { template }: Provider,
  token: string,
  rules: AccessTokenRules,
): AccessTokenRules {
  if (template === undefined) return rules
  const issuer = issuerIn(token)
  if (issuer === undefined || tenantIn(template, issuer) === undefined)
    throw refusal('iss does not fit the issuer of the provider')
  return { ...rules, issuer }
}

function issuerIn(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch (error) {
    throw refusal('it is not a signed JWT', error)
  }
}

/**
 * Accepts a verified access token only if it names one tenant, and the app admits that tenant.
 *
 * @throws {@link OidcError} `ERR_OIDC_BEARER_TOKEN_INVALID`, or `ERR_OIDC_LOGIN_UNDECIDED` if the app's function failed.
 */
export async function admitTenantOf(
  { template, tenants }: Provider,
  claims: AccessTokenClaims,
): Promise<void> {
  if (template === undefined) return
  const tenant = tenantOf(template, claims)
  if (tenant === undefined) throw refusal(otherTenant)
  if (!(await admits(tenants, tenant))) throw refusal(`options.tenants does not admit its tenant, ${tenant}`)
}
