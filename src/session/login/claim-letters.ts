import type { JsonObject } from '../../vocabulary/json.ts'

/** Claims that a letter stands for, beginning with `a`. Names are a quarter of what a session would hold. */
const lettered = [
  'sub',
  'sid',
  'exp',
  'iat',
  'auth_time',
  'acr',
  'amr',
  'name',
  'given_name',
  'family_name',
  'preferred_username',
  'nickname',
  'picture',
  'email',
  'email_verified',
  'phone_number',
  'phone_number_verified',
  'locale',
  'zoneinfo',
  'updated_at',
]
const letters = new Map(lettered.map((name, index) => [name, String.fromCharCode(97 + index)]))
const names = new Map([...letters].map(([name, letter]) => [letter, name]))

/** Gives claims the short names that they have in a session. A dot marks those that have no letter. */
export function shorten(claims: JsonObject): JsonObject {
  return rename(claims, name => letters.get(name) ?? `.${name}`)
}

/** Gives claims their own names again. */
export function lengthen(claims: JsonObject): JsonObject {
  return rename(claims, name => names.get(name) ?? name.slice(1))
}

function rename(claims: JsonObject, renamed: (name: string) => string): JsonObject {
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [renamed(name), value]))
}
