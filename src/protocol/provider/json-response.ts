import { isObject, type JsonObject } from '../../vocabulary/json.ts'

/** The `Retry-After` of an answer (RFC 9110 §10.2.3) in seconds: at most an hour, and a minute for a date or none. */
export function retryAfter({ headers }: Response): number {
  const seconds = Number(headers.get('retry-after') ?? 60)
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3_600) : 60
}

/** Reads a JSON object from an answer, or returns `undefined` if it holds none. */
export async function readJson(response: Response): Promise<JsonObject | undefined> {
  if (!/^application\/([\w.-]+\+)?json\b/i.test(response.headers.get('content-type') ?? '')) return undefined
  const body: unknown = await response.json().catch(() => undefined)
  return isObject(body) ? body : undefined
}
