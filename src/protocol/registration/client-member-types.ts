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

/** Leaves out the members that a provider sent with another type than they have: what they should say is unknown. */
export function withoutMistyped(answer: JsonObject): OAuth2Client {
  return Object.fromEntries(Object.entries(answer).filter(fits))
}

/** Whether a stored value is the metadata of a client as {@link withoutMistyped} leaves it. */
export function isClientMetadata(value: unknown): value is ClientMetadata {
  return isObject(value) && Object.entries(value).every(fits)
}

/** Whether a stored value is a client. */
export function isClientInformation(value: unknown): value is ClientInformation {
  return isClientMetadata(value) && isText(value.client_id)
}
