import { isObject, type JsonObject } from '../../vocabulary/json.ts'

/** The `Retry-After` of an answer (RFC 9110 §10.2.3) in seconds: at most an hour, and a minute for a date or none. */
export function retryAfter({ headers }: Response): number {
  const seconds = Number(headers.get('retry-after') ?? 60)
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3_600) : 60
}

/** Whether an answer says that it is JSON. */
export function isJson({ headers }: Response): boolean {
  return /^application\/([\w.-]+\+)?json\b/i.test(headers.get('content-type') ?? '')
}

/** Reads a JSON object from an answer, or returns `undefined` if it holds none. */
export async function readJson(response: Response): Promise<JsonObject | undefined> {
  if (!isJson(response)) return undefined
  const body: unknown = await response.json().catch(() => undefined)
  return isObject(body) ? body : undefined
}
