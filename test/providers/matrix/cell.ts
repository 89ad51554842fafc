import type { FlowName } from './flow-names.ts'
import type { ProviderName } from './providers.ts'

/** One measurement of the table. */
export interface Cell {
  readonly flow: FlowName
  readonly provider: ProviderName
  readonly outcome: 'works' | 'fails' | 'known failure' | 'impossible' | 'not installed'
  /** Why it fails, or does not exist. */
  readonly detail?: string
  readonly milliseconds?: number
  /** What else the flow measured, by its name with its unit. */
  readonly measured?: Readonly<Record<string, number>>
}

declare module 'vitest' {
  interface TaskMeta {
    cell?: Cell
  }
}
