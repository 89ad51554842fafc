/** The members of a JSON object, of which nobody knows yet what they are. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a value is an object with members: not `null`, not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
