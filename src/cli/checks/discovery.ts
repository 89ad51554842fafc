import type { Fetch } from '../../protocol/provider/bounded-fetch.ts'
import { discoverProvider, type Provider } from '../../protocol/provider/connection.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { CLOCK_TOLERANCE } from '../../vocabulary/clock-tolerance.ts'
import { isObject, type JsonObject } from '../../vocabulary/json.ts'
import { type Finding, failed, passed, skipped, warning } from '../finding.ts'
import { failureOf } from '../format.ts'

/** What came of the discovery. */
interface Discovered {
  readonly provider: Provider | undefined
  readonly document: JsonObject | undefined
  readonly findings: readonly Finding[]
}

/** The answer that held the discovery document, or should have. */
interface Seen {
  readonly date: string | null
  /** Milliseconds since 1970, by this machine, in the middle between request and answer. */
  readonly at: number
  readonly document: JsonObject | undefined
}

/** Seconds above which a difference between the clocks is worth a warning. */
const NOTABLE = 10

/** Discovers the provider as the app does, and reads the provider's clock from the same answer. */
export async function examineDiscovery(settings: Settings, fetch: Fetch): Promise<Discovered> {
  let seen: Seen | undefined
  const watching: Fetch = async (url, init) => {
    const sentAt = Date.now()
    const response = await fetch(url, init)
    const at = (sentAt + Date.now()) / 2
    seen ??= { date: response.headers.get('date'), at, document: await readDocument(response.clone()) }
    return response
  }
  const found = await discoverProvider(settings, watching).then(
    provider => ({
      provider,
      finding: passed('discovery', `The configuration of ${settings.issuer} is valid.`),
    }),
    error => ({ provider: undefined, finding: discoveryFailure(settings, error, seen?.document) }),
  )
  const provider = found.provider && { ...found.provider, fetch }
  return { provider, document: seen?.document, findings: [found.finding, compareClocks(seen)] }
}

async function readDocument(response: Response): Promise<JsonObject | undefined> {
  const body: unknown = await response.json().catch(() => undefined) // what is no JSON is said by the discovery itself
  return isObject(body) ? body : undefined
}

function discoveryFailure({ issuer }: Settings, error: unknown, document: JsonObject | undefined): Finding {
  const { message } = failureOf(error)
  const said = document?.['issuer']
  if (typeof said === 'string' && said !== issuer)
    return failed('discovery', message, `options.issuer, or ISSUER_BASE_URL=${said}`)
  if (document)
    return failed(
      'discovery',
      message,
      'the configuration of the provider, or single addresses in options.endpoints',
    )
  return failed(
    'discovery',
    message,
    'options.issuer, or ISSUER_BASE_URL: an address of the provider that this machine reaches',
  )
}

/** A `Date` header has whole seconds (RFC 9110 §5.6.7), so half a second is the best guess. */
function compareClocks(seen: Seen | undefined): Finding {
  const date = Date.parse(seen?.date ?? '')
  if (!seen || Number.isNaN(date)) return skipped('clock', 'The provider did not say what time it is.')
  const skew = Math.round((date + 500 - seen.at) / 1_000)
  const difference = `The clock of the provider is ${Math.abs(skew)} s ${skew < 0 ? 'behind' : 'ahead of'} the one here`
  const fix = 'the clock that is wrong; on Linux: timedatectl set-ntp true'
  if (Math.abs(skew) > CLOCK_TOLERANCE) return failed('clock', `${difference}: tokens will be refused.`, fix)
  if (Math.abs(skew) > NOTABLE)
    return warning('clock', `${difference}; up to ${CLOCK_TOLERANCE} s are tolerated.`, fix)
  return passed('clock', `The clocks here and at the provider differ by ${Math.abs(skew)} s.`)
}
