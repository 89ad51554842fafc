/** Sends a parameter of the library under another name: `{ as: 'logout_uri' }`. */
interface SentAs {
  /** The name that the provider knows. */
  readonly as: string
}

/**
 * Parameters of a sign-out at the provider, beside those of the specification or in their place. `null` leaves a parameter out;
 * `{ as: 'logout_uri' }` sends one of the library under another name; any other value is sent as it is. `undefined` changes nothing.
 *
 * @see OpenID Connect RP-Initiated Logout 1.0 §2
 */
export interface LogoutParameters {
  /** The login's ID token. */
  readonly id_token_hint?: SentAs | null | undefined
  /** The client that the login began with. */
  readonly client_id?: SentAs | null | undefined
  /** The URL of `routes.logoutCallback`. A string is another URL, at which the sign-out then ends: the provider must know it. */
  readonly post_logout_redirect_uri?: SentAs | string | null | undefined
  /** Made by the library. Without it, the sign-out still ends on its return path. */
  readonly state?: null | undefined
  /** Any other parameter, such as `logout_hint` or `ui_locales`. */
  readonly [name: string]: SentAs | string | null | undefined
}

/** The parameters that the library has values for. */
type StandardParameters = Readonly<Record<string, string | undefined>>

const standard: ReadonlySet<string> = new Set([
  'id_token_hint',
  'client_id',
  'post_logout_redirect_uri',
  'state',
])

function isSentAs(value: unknown): value is SentAs {
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== 'as') return false
  const name: unknown = Reflect.get(value, 'as')
  return typeof name === 'string' && name !== '' && !standard.has(name)
}

/** The rule that a parameter breaks, or `undefined` if it may be sent. */
export function brokenRuleOf(name: string, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined
  if (name === 'state') return 'is made by the library: only null is possible, which leaves it out'
  const isStandard = standard.has(name)
  if (isStandard && isSentAs(value)) return undefined
  if (name === 'post_logout_redirect_uri')
    return typeof value === 'string' && URL.canParse(value)
      ? undefined
      : "must be an absolute URL, null to leave it out, or { as: 'another_name' }"
  if (isStandard)
    return "gets its value from the library: only null is possible, which leaves it out, or { as: 'another_name' }"
  return typeof value === 'string' ? undefined : 'must be a string, or null to leave it out'
}

/** The parameter that another one is sent under the same name as, if there is one. */
export function repeatedParameterOf(parameters: LogoutParameters): string | undefined {
  const sent = new Set<string>()
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null || value === undefined) continue
    const used = isSentAs(value) ? value.as : name
    if (sent.has(used)) return name
    sent.add(used)
  }
  return undefined
}

/** Joins the parameters of all sign-outs with those of this one, which win. */
export function joinLogoutParameters(usual: LogoutParameters, more: LogoutParameters): LogoutParameters {
  const given = Object.entries(more).filter(([, value]) => value !== undefined)
  return { ...usual, ...Object.fromEntries(given) }
}

/** Chooses where the provider sends the browser afterwards, or `undefined` if it should not. */
export function chooseReturnAddress(
  { post_logout_redirect_uri: chosen }: LogoutParameters,
  usual: string | undefined,
): string | undefined {
  if (chosen === null) return undefined
  return typeof chosen === 'string' ? chosen : usual
}

/** Builds the fields of a sign-out: those of the library under the names that the app chose, and the app's own. */
export function buildLogoutFields(
  own: StandardParameters,
  parameters: LogoutParameters,
): Readonly<Record<string, string>> {
  const fields = new Map<string, string>()
  for (const [name, value] of Object.entries(own)) {
    const chosen = parameters[name]
    if (value !== undefined && chosen !== null) fields.set(isSentAs(chosen) ? chosen.as : name, value)
  }
  for (const [name, value] of Object.entries(parameters))
    if (typeof value === 'string' && !standard.has(name)) fields.set(name, value)
  return Object.fromEntries(fields)
}
