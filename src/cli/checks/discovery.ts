import { discoverProvider, type Provider } from '../../protocol/provider/connection.ts'
import type { Fetch } from '../../protocol/requests/bounded-fetch.ts'
import { isIntolerable, isNotable, nameSkew, readSkew } from '../../protocol/requests/provider-clock.ts'
import { proofKeys, type StoredProofKeys } from '../../relying-party/client/proof-keys.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import { memoryStore } from '../../stores/memory-store.ts'
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
  /** Seconds by which this machine's clock is ahead of the provider's, if the answer has the time. */
  readonly skew: number | undefined
  readonly document: JsonObject | undefined
}

/** Discovers the provider as the app does, and reads the provider's clock from the same answer. */
export async function checkDiscovery(settings: Settings, fetch: Fetch): Promise<Discovered> {
  let answer: Answer | undefined
  const recordingFetch: Fetch = async (url, init) => {
    const response = await fetch(url, init)
    answer ??= { skew: readSkew(response), document: await readDocument(response.clone()) }
    return response
  }
  const found = await discoverProvider(
    { ...settings, proofKeys: passingKeys(settings) },
    recordingFetch,
  ).then(
    provider => ({
      provider,
      finding: passed('discovery', `The configuration of ${settings.issuer} is valid.`),
    }),
    error => ({ provider: undefined, finding: discoveryFailure(settings, error, answer?.document) }),
  )
  return {
    provider: found.provider,
    document: answer?.document,
    findings: [found.finding, compareClocks(answer?.skew, settings.clockTolerance / 1_000)],
  }
}

/** Keys only for the proofs of this check: it leaves none in the store. */
function passingKeys(settings: Settings): StoredProofKeys {
  return proofKeys({ ...settings, store: memoryStore() })
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

function compareClocks(skew: number | undefined, tolerance: number): Finding {
  if (skew === undefined) return skipped('clock', 'The provider did not send the time.')
  const fix = 'Correct the clock that is wrong; on Linux: timedatectl set-ntp true'
  if (isIntolerable(skew, tolerance))
    return failed('clock', `${nameSkew(skew)}: tokens will be refused.`, fix)
  if (isNotable(skew)) return warning('clock', `${nameSkew(skew)}; up to ${tolerance} s are tolerated.`, fix)
  return passed('clock', `The clocks of this machine and of the provider differ by ${Math.abs(skew)} s.`)
}
