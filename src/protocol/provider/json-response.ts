import { isObject, type JsonObject } from '../../vocabulary/json.ts'

/** RFC 9110 §10.2.3, in seconds, at most an hour; a date counts as a minute. */
export function retryAfter({ headers }: Response): number {
  const seconds = Number(headers.get('retry-after') ?? 60)
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 3_600) : 60
}

/** Reads a JSON object, or `undefined` if the answer is none. */
export async function readJson(response: Response): Promise<JsonObject | undefined> {
  if (!/^application\/([\w.-]+\+)?json\b/i.test(response.headers.get('content-type') ?? '')) return undefined
  const body: unknown = await response.json().catch(() => undefined)
  return isObject(body) ? body : undefined
}
