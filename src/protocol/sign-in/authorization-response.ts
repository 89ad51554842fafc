import { OidcError } from '../../vocabulary/errors.ts'

const known = ['code', 'state', 'iss', 'error', 'error_description', 'error_uri', 'session_state']
const LONGEST = 4_096

/**
 * Takes the parameters of an authorization response: none twice (RFC 6749 §3.1), and what is not known is dropped. Tokens have
 * no place in the front channel of the code flow.
 *
 * @throws {@link OidcError} `ERR_OIDC_CALLBACK_INVALID`
 */
export function verifyAuthorizationResponse(response: URLSearchParams): URLSearchParams {
  const reject = (problem: string): never => {
    throw new OidcError('ERR_OIDC_CALLBACK_INVALID', {
      message: `The answer of the sign-in is not valid: ${problem}.`,
    })
  }
  for (const name of known) {
    const values = response.getAll(name)
    if (values.length > 1) reject(`${name} occurs more than once`)
    if (values.some(value => value.length > LONGEST || value.includes('\0')))
      reject(`${name} is too long or not text`)
  }
  for (const name of ['id_token', 'access_token', 'token', 'response'])
    if (response.has(name)) reject(`${name} was not asked for`)
  if (!response.get('state')) reject('state is missing')
  if (!response.get('code') && !response.get('error')) reject('code is missing')
  return new URLSearchParams([...response].filter(([name]) => known.includes(name)))
}
