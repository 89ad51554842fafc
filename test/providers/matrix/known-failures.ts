import type { FlowName } from './flow-names.ts'
import type { ProviderName } from './providers.ts'

/**
 * Cells that fail today because of a fault of the library, and which fault that is. Remove an entry when its fault is
 * fixed: a cell of this list that passes fails the suite.
 */
export const knownFailures: Partial<Record<FlowName, Partial<Record<ProviderName, string>>>> = {}
