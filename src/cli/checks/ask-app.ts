import { randomUUID } from 'node:crypto'
import { boundFetch, type Fetch } from '../../protocol/requests/bounded-fetch.ts'
import { reasonOf } from '../../protocol/requests/failure-reason.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { readSealer } from '../../relying-party/sealing-keys.ts'
import { DOCTOR_HEADER, isSetupReport, type SetupReport, sealQuestion } from '../../session/setup-report.ts'
import { parseJson } from '../../vocabulary/json.ts'

/** An answer of the running app. */
export interface AppAnswer {
  readonly url: string
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** How the app is set up, if it has recognized the question. */
  readonly report: SetupReport | undefined
}

/** Milliseconds: longer than the app itself waits for the provider. */
const DEADLINE = 8_000

/** Sends a request to the app as an API client would. Follows no redirect. */
export async function askApp(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<AppAnswer> {
  const fetch = boundFetch(globalThis.fetch as Fetch, { deadline: DEADLINE, redirects: 'return' })
  const response = await fetch(url, { headers: { accept: 'application/json', ...headers } })
  const text = await response.text()
  return { url, status: response.status, headers: response.headers, text, report: undefined }
}

/**
 * Asks the app at one of its addresses how it is set up. Only an app that uses the same store recognizes the question; any
 * other takes it for a request without parameters.
 */
export async function askSetup(settings: Settings, url: string): Promise<AppAnswer> {
  const sealer = await readSealer(settings).catch(() => undefined) // the check of the store reports it
  const nonce = randomUUID()
  const answer = await askApp(url, sealer ? { [DOCTOR_HEADER]: sealQuestion(sealer, nonce) } : {})
  const report = parseJson(answer.text)
  return { ...answer, report: isSetupReport(report) && report.nonce === nonce ? report : undefined }
}

/** The code of a failure of this library, by which its answers are known. */
export function codeIn({ text }: Pick<AppAnswer, 'text'>): string | undefined {
  return /\bERR_OIDC_\w+/.exec(text)?.[0]
}

/** Why the app cannot be reached. The advice behind the fact is about a provider. */
export function whyUnreached(url: string, error: unknown): string {
  const [fact] = reasonOf(error).split(';')
  return `${url} cannot be reached from here (${fact})`
}
