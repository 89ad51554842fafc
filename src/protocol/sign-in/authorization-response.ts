import { cleanWords } from '../../vocabulary/clean-words.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { isUsableField } from './unsigned-fields.ts'

const known = ['code', 'state', 'iss', 'error', 'session_state']
const LONGEST = 4_096

/**
 * Checks the parameters of an authorization response: none may occur twice (RFC 6749 §3.1), and unknown ones are dropped.
 * Tokens are refused: the code flow never sends them through the browser. The description of an error is only for the log, so it is
 * cleaned, and never a reason to refuse the response. Nor is a field that only the app wants to see.
 *
 * @param fields - The names of those fields.
 * @throws {@link OidcError} `ERR_OIDC_CALLBACK_INVALID`
 */
export function verifyAuthorizationResponse(
  response: URLSearchParams,
  fields: readonly string[] = [],
): URLSearchParams {
  const reject = (problem: string): never => {
    throw new OidcError('ERR_OIDC_CALLBACK_INVALID', {
      message: `The sign-in response is not valid: ${problem}.`,
    })
  }
  for (const name of known) {
    const values = response.getAll(name)
    if (values.length > 1) reject(`${name} occurs more than once`)
    if (values.some(value => value.length > LONGEST)) reject(`${name} is longer than ${LONGEST} characters`)
    if (values.some(value => value.includes('\0'))) reject(`${name} contains control characters`)
  }
  for (const name of ['id_token', 'access_token', 'token', 'response'])
    if (response.has(name)) reject(`${name} was not asked for`)
  if (!response.get('state')) reject('state is missing')
  if (!response.get('code') && !response.get('error')) reject('code is missing')
  const wanted = fields.filter(name => isUsableField(response.getAll(name)))
  const kept = new URLSearchParams([...response].filter(([name]) => [...known, ...wanted].includes(name)))
  const description = cleanWords(response.get('error_description'))
  if (description !== undefined) kept.set('error_description', description)
  return kept
}
