import type { Fetch } from '../../protocol/provider/bounded-fetch.ts'
import type { Provider } from '../../protocol/provider/connection.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import type { JsonObject } from '../../vocabulary/json.ts'
import type { Terminal } from '../command.ts'
import type { Finding } from '../finding.ts'

/** What the checks have to work with. */
export interface Examination {
  readonly settings: Settings
  readonly terminal: Terminal
  /** Reaches the provider as the app does. */
  readonly fetch: Fetch
  /** The provider, if its configuration can be used. */
  readonly provider: Provider | undefined
  /** The provider's configuration as it was read, even if it breaks a rule. */
  readonly document: JsonObject | undefined
}

/** Looks at one thing. What it rejects with is a failure that it did not foresee. */
export type Check = (examination: Examination) => Promise<readonly Finding[]>
