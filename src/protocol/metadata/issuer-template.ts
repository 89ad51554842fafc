/**
 * Which tenants' users may sign in, at a provider with an issuer for each tenant: their ids, or a function that decides.
 */
export type Tenants = readonly string[] | ((tenant: string) => boolean | Promise<boolean>)

const placeholder = /\{\w+\}/
const guid = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/

/** Whether an issuer is a template: its document has a placeholder where each tenant's own issuer has the tenant's id. */
export function isTemplate(issuer: string): boolean {
  return placeholder.test(issuer)
}

/** Whether a value can be the id of a tenant: a GUID in lower case, so that a tenant has one spelling. */
export function isTenantId(value: unknown): value is string {
  return typeof value === 'string' && guid.test(value)
}

/** The tenant that an issuer belongs to; `undefined` if it does not fit the template. */
export function tenantIn(template: string, issuer: unknown): string | undefined {
  const [before = '', after, ...more] = template.split(placeholder)
  if (typeof issuer !== 'string' || after === undefined || more.length > 0) return undefined
  const tenant = issuer.slice(before.length, issuer.length - after.length)
  return issuer === before + tenant + after && isTenantId(tenant) ? tenant : undefined
}

/** Whether a token or response can come from the provider: its issuer is the expected one, or fits the template. */
export function isIssuerOf(expected: string, issuer: unknown): boolean {
  return isTemplate(expected) ? tenantIn(expected, issuer) !== undefined : issuer === expected
}
