import { expect } from 'vitest'
import { memoryStore, type Store } from '../../src/index.ts'
import type { TestApp } from './app.ts'

/** What is found in a damaged record, and must be nowhere else. */
export const PIECE = 'piece-of-the-record'

/** How a record may have been damaged. V8 quotes the beginning of what it cannot parse. */
export const damages: readonly (readonly [damage: string, change: (value: string) => string])[] = [
  ['is cut', value => PIECE + value.slice(0, value.length / 2)],
  ['has lost members', value => JSON.stringify(halfOf(value))],
  ['is of another type', () => `["${PIECE}"]`],
  ['has members of another type', value => retyped(value)],
  ['is null', () => 'null'],
  ['is empty', () => ''],
  ['is the JSON of another program', () => `{"${PIECE}":"${PIECE}"}`],
]

function halfOf(value: string): object {
  if (!value.startsWith('{')) return {}
  const members = Object.entries(JSON.parse(value))
  return Object.fromEntries(members.slice(0, members.length / 2))
}

function retyped(value: string): string {
  if (!/^[{[]/.test(value)) return '7'
  const record: object = JSON.parse(value)
  const other = (member: unknown): unknown => (typeof member === 'string' ? 7 : PIECE)
  if (Array.isArray(record)) return JSON.stringify(record.map(other))
  return JSON.stringify(Object.fromEntries(Object.entries(record).map(([name, one]) => [name, other(one)])))
}

export interface DamagedStore extends Store {
  /** Damages what is read under these keys, until it is told otherwise. */
  damage(keys: RegExp | undefined, change?: (value: string) => string): void
  /** How many damaged records were read. */
  readonly reads: () => number
}

/** A store whose records are damaged on demand. */
export function damagedStore(): DamagedStore {
  const inner = memoryStore()
  let damaged: RegExp | undefined
  let damageOf = (value: string): string => value
  let reads = 0
  return {
    ...inner,
    async get(key) {
      const stored = await inner.get(key)
      if (!stored || !damaged?.test(key)) return stored
      reads += 1
      return { ...stored, value: damageOf(stored.value) }
    },
    damage(keys, change = value => value) {
      damaged = keys
      damageOf = change
    },
    reads: () => reads,
  }
}

/** The operator is told that a record is damaged, and nothing of what it holds. */
export function expectReport({ log }: TestApp, told: string): void {
  const all = [...log, told].join('\n')
  expect(all).toContain('ERR_OIDC_STORE_CORRUPT')
  expect(all).not.toContain(PIECE.slice(0, 8))
  expect(all).not.toMatch(/SyntaxError|TypeError|Unexpected|JSON/)
}
