import { OidcError } from '../../vocabulary/errors.ts'
import { isIssuerOf } from '../metadata/issuer-template.ts'

/** A sign-in that a third party requests. */
export interface Initiation {
  /** Where the user should end up after the sign-in. Not yet checked. */
  readonly targetLinkUri: string | undefined
  /** Parameters for the authorization request. */
  readonly parameters: Readonly<Record<string, string>>
  /** The request without unknown parameters. */
  readonly query: string
}

const known = ['iss', 'login_hint', 'target_link_uri']
const LONGEST = 2_048
/** Characters of all of them in an ASCII URL, to which the browser is sent after a form: servers refuse one of 16 KiB. */
const LONGEST_QUERY = 4_096

/**
 * Checks a third party's request to start a sign-in: it must name this app's provider exactly.
 *
 * @throws {@link OidcError} `ERR_OIDC_INITIATION_INVALID`.
 * @see OpenID Connect Core 1.0 §4
 */
export function verifyInitiation(sent: URLSearchParams, issuer: string): Initiation {
  const request = new URLSearchParams()
  for (const name of known) {
    const [value, another] = sent.getAll(name)
    if (another !== undefined) throw invalid(`${name} occurs more than once`)
    if (value === undefined || value === '') continue
    if (value.length > LONGEST || /\p{Cc}/u.test(value))
      throw invalid(`${name} is too long or contains control characters`)
    request.set(name, value)
  }
  if (request.toString().length > LONGEST_QUERY) throw invalid('it is too long')
  if (!isIssuerOf(issuer, request.get('iss')))
    throw invalid('iss is missing, or is not the provider of this app')
  const loginHint = request.get('login_hint')
  return {
    targetLinkUri: request.get('target_link_uri') ?? undefined,
    parameters: loginHint === null ? {} : { login_hint: loginHint },
    query: request.toString(),
  }
}

function invalid(problem: string): OidcError {
  return new OidcError('ERR_OIDC_INITIATION_INVALID', {
    message: `The request to start a sign-in is not valid: ${problem}.`,
  })
}
