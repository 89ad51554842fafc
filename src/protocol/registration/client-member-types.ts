import { isListOf, isNumber, isObject, isText, type JsonObject } from '../../vocabulary/json.ts'
import type { ClientInformation, ClientMetadata, OAuth2Client } from '../../vocabulary/oauth2-client.ts'

const isTexts = isListOf(isText)

/** The types of the members that this library reads. The others are kept as they came. */
const types: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['client_id', isText],
  ['client_secret', isText],
  ['client_secret_expires_at', isNumber],
  ['grant_types', isTexts],
  ['id_token_signed_response_alg', isText],
  ['jwks', isObject],
  ['post_logout_redirect_uris', isTexts],
  ['redirect_uris', isTexts],
  ['registration_access_token', isText],
  ['registration_client_uri', isText],
  ['response_types', isTexts],
  ['scope', isText],
  ['token_endpoint_auth_method', isText],
  ['token_endpoint_auth_signing_alg', isText],
  ['userinfo_signed_response_alg', isText],
])

const fits = ([name, value]: readonly [string, unknown]): boolean => types.get(name)?.(value) ?? true

/** Characters of the JSON of a member of an answer. */
const LONGEST = 65_536
/** The same for members that are sent in the header of a request. */
const LONGEST_SENT: ReadonlyMap<string, number> = new Map([
  ['client_secret', 2_048],
  ['registration_access_token', 8_192],
  ['registration_client_uri', 2_048],
])

const isKeepable = ([name, value]: readonly [string, unknown]): boolean =>
  (JSON.stringify(value)?.length ?? 0) <= (LONGEST_SENT.get(name) ?? LONGEST)

/**
 * Leaves out the members that a provider sent with another type than they have, because what they should say is unknown, and those
 * that are too long to be kept and sent.
 */
export function withoutUnusable(answer: JsonObject): OAuth2Client {
  return Object.fromEntries(Object.entries(answer).filter(entry => fits(entry) && isKeepable(entry)))
}

/** Whether a stored value is the metadata of a client as {@link withoutUnusable} leaves it. */
export function isClientMetadata(value: unknown): value is ClientMetadata {
  return isObject(value) && Object.entries(value).every(fits)
}

/** Whether a stored value is a client. */
export function isClientInformation(value: unknown): value is ClientInformation {
  return isClientMetadata(value) && isText(value.client_id)
}
