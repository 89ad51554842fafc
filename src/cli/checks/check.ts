import type { Provider } from '../../protocol/provider/connection.ts'
import type { Fetch } from '../../protocol/requests/bounded-fetch.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import type { JsonObject } from '../../vocabulary/json.ts'
import type { Terminal } from '../command.ts'
import type { Finding } from './finding.ts'

/** What the checks have to work with. */
export interface CheckContext {
  readonly settings: Settings
  readonly terminal: Terminal
  /** Sends requests as the app does. */
  readonly fetch: Fetch
  /** The provider, if its configuration is valid. */
  readonly provider: Provider | undefined
  /** The provider's configuration as received, even if it is invalid. */
  readonly document: JsonObject | undefined
}

/** Checks one thing. A rejection is a failure that the check did not expect. */
export type Check = (context: CheckContext) => Promise<readonly Finding[]>
