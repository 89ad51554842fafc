/**
 * Parameters that only the library may set in requests to the token endpoint.
 *
 * @see RFC 6749 §2.3.1, §4.1.3, §6; RFC 7521 §4.2; RFC 7636 §4.5
 */
export const ownTokenParameters: ReadonlySet<string> = new Set([
  'grant_type',
  'code',
  'redirect_uri',
  'code_verifier',
  'refresh_token',
  'scope',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
])
