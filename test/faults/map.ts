import type { Faults } from '../support/faults/fault-entry.ts'
import { client } from './map/client.ts'
import { logins } from './map/logins.ts'
import { provider } from './map/provider.ts'
import { stores } from './map/stores.ts'

/** Every known fault, with the tests that cause it. Their files are below `test/`. */
export const faultMap: Faults = { ...provider, ...client, ...stores, ...logins }
