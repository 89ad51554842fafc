import type { Fetch } from '../../protocol/provider/bounded-fetch.ts'
import { discoverProvider, type Provider } from '../../protocol/provider/connection.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { CLOCK_TOLERANCE } from '../../vocabulary/clock-tolerance.ts'
import { isObject, type JsonObject } from '../../vocabulary/json.ts'
import { failureOf } from '../format.ts'
import { type Finding, failed, passed, skipped, warning } from './finding.ts'

/** The result of discovery. */
interface Discovered {
  readonly provider: Provider | undefined
  readonly document: JsonObject | undefined
  readonly findings: readonly Finding[]
}

/** The answer that contained the discovery document, or should have. */
interface Answer {
  readonly date: string | null
  /** Milliseconds since 1970 on this machine, halfway between request and answer. */
  readonly at: number
  readonly document: JsonObject | undefined
}

/** Seconds of clock difference above which there is a warning. */
const CLOCK_WARNING = 10

/** Discovers the provider as the app does, and reads the provider's clock from the same answer. */
export async function checkDiscovery(settings: Settings, fetch: Fetch): Promise<Discovered> {
  let answer: Answer | undefined
  const recordingFetch: Fetch = async (url, init) => {
    const sentAt = Date.now()
    const response = await fetch(url, init)
    const at = (sentAt + Date.now()) / 2
    answer ??= { date: response.headers.get('date'), at, document: await readDocument(response.clone()) }
    return response
  }
  const found = await discoverProvider(settings, recordingFetch).then(
    provider => ({
      provider,
      finding: passed('discovery', `The configuration of ${settings.issuer} is valid.`),
    }),
    error => ({ provider: undefined, finding: discoveryFailure(settings, error, answer?.document) }),
  )
  const provider = found.provider && { ...found.provider, fetch }
  return { provider, document: answer?.document, findings: [found.finding, compareClocks(answer)] }
}

async function readDocument(response: Response): Promise<JsonObject | undefined> {
  const body: unknown = await response.json().catch(() => undefined) // not JSON: discovery itself reports it
  return isObject(body) ? body : undefined
}

function discoveryFailure({ issuer }: Settings, error: unknown, document: JsonObject | undefined): Finding {
  const { message } = failureOf(error)
  const named = document?.['issuer']
  if (typeof named === 'string' && named !== issuer)
    return failed('discovery', message, `Set options.issuer, or ISSUER_BASE_URL=${named}`)
  if (document)
    return failed(
      'discovery',
      message,
      'Correct the configuration of the provider, or set individual addresses in options.endpoints',
    )
  return failed(
    'discovery',
    message,
    'Set options.issuer, or ISSUER_BASE_URL, to an address of the provider that this machine can reach',
  )
}

/** A `Date` header has whole seconds (RFC 9110 §5.6.7), so half a second is the best guess. */
function compareClocks(answer: Answer | undefined): Finding {
  const date = Date.parse(answer?.date ?? '')
  if (!answer || Number.isNaN(date)) return skipped('clock', 'The provider did not send the time.')
  const skew = Math.round((date + 500 - answer.at) / 1_000)
  const difference = `The clock of the provider is ${Math.abs(skew)} s ${skew < 0 ? 'behind' : 'ahead of'} the one of this machine`
  const fix = 'Correct the clock that is wrong; on Linux: timedatectl set-ntp true'
  if (Math.abs(skew) > CLOCK_TOLERANCE) return failed('clock', `${difference}: tokens will be refused.`, fix)
  if (Math.abs(skew) > CLOCK_WARNING)
    return warning('clock', `${difference}; up to ${CLOCK_TOLERANCE} s are tolerated.`, fix)
  return passed('clock', `The clocks of this machine and of the provider differ by ${Math.abs(skew)} s.`)
}
