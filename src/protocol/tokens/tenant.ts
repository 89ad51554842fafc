import type { JWTPayload } from 'jose'
import { decodeJwt } from 'jose/jwt/decode'
import type { IdTokenClaims } from '../../vocabulary/claims.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { JsonObject } from '../../vocabulary/json.ts'
import { isTemplate, tenantIn } from '../metadata/issuer-template.ts'
import { tenantClaim } from '../metadata/quirks.ts'
import type { Connection } from '../provider/connection.ts'
import { readJson } from '../requests/json-response.ts'

/**
 * Makes a token request whose issuer is only known from the ID token in the answer. The request is sent once; its answer is then
 * verified against that tenant's own issuer, as any other.
 *
 * @throws What `grant` throws; `ERR_OIDC_ID_TOKEN_INVALID` if the ID token's issuer does not fit the provider's.
 */
export async function grantAtIssuer<Tokens>(
  connection: Connection,
  grant: (connection: Connection) => Promise<Tokens>,
): Promise<{ readonly own: Connection; readonly tokens: Tokens }> {
  if (!isTemplate(connection.metadata.issuer)) return { own: connection, tokens: await grant(connection) }
  let answer: Response | undefined
  const asking = await connection.bind(fetch => async (url, init) => {
    answer = await fetch(url, init)
    return answer.clone()
  })
  const failure = await grant(asking).then(
    () => undefined,
    (error: unknown) => error,
  )
  const received = answer
  const claims = received?.ok ? await readIdToken(received.clone()) : undefined
  if (!received || !claims) throw failure
  const own = await connection.at(issuerIn(claims, connection))
  const replaying = await own.bind(() => async () => received.clone())
  return { own, tokens: await grant(replaying) }
}

/** The claims of the ID token in an answer, not yet verified. */
async function readIdToken(answer: Response): Promise<JWTPayload | undefined> {
  const { id_token: token } = (await readJson(answer)) ?? {}
  try {
    return typeof token === 'string' ? decodeJwt(token) : undefined
  } catch {
    return undefined // the request has failed with the reason
  }
}

function issuerIn({ iss = '' }: JWTPayload, { metadata }: Connection): string {
  if (tenantIn(metadata.issuer, iss) !== undefined) return iss
  throw reject('iss does not fit the issuer of the provider')
}

/**
 * Checks that a token of a provider with tenants says the same about its tenant twice. Its `iss` has been compared before.
 *
 * @throws {@link OidcError} `ERR_OIDC_ID_TOKEN_INVALID`
 */
export function verifyTenant({ template }: Connection, payload: JWTPayload): void {
  if (template === undefined) return
  if (tenantOf(template, payload) === undefined) throw reject(otherTenant)
}

/** Why a token is refused for which there is no {@link tenantOf}. */
export const otherTenant = `${tenantClaim} is not the tenant of iss`

/** The tenant of a token, if `iss` and `tid` name the same one. */
export function tenantOf(template: string, claims: JsonObject): string | undefined {
  const tenant = tenantIn(template, claims['iss'])
  return claims[tenantClaim] === tenant ? tenant : undefined
}

/**
 * Lets a verified login pass only if the app admits its tenant.
 *
 * @throws {@link OidcError} `ERR_OIDC_LOGIN_REFUSED`, or `ERR_OIDC_LOGIN_UNDECIDED` if the app's function failed.
 */
export async function admitTenant({ template, tenants }: Connection, { iss }: IdTokenClaims): Promise<void> {
  const tenant = template === undefined ? undefined : tenantIn(template, iss)
  if (template === undefined) return
  const isAdmitted = tenant !== undefined && (await admits(tenants, tenant))
  if (isAdmitted) return
  throw new OidcError('ERR_OIDC_LOGIN_REFUSED', {
    message: `A user of tenant ${tenant} may not sign in, because options.tenants does not admit it.`,
  })
}

/**
 * Whether the app admits a tenant, which must have been verified before.
 *
 * @throws {@link OidcError} `ERR_OIDC_LOGIN_UNDECIDED` if the app's function failed.
 */
export async function admits(tenants: Connection['tenants'], tenant: string): Promise<boolean> {
  if (typeof tenants !== 'function') return tenants?.includes(tenant) ?? false
  try {
    return (await tenants(tenant)) === true
  } catch (cause) {
    throw new OidcError('ERR_OIDC_LOGIN_UNDECIDED', { message: 'options.tenants failed.', cause })
  }
}

function reject(reason: string): OidcError {
  return new OidcError('ERR_OIDC_ID_TOKEN_INVALID', { reason })
}
