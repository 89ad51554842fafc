import { subscribe } from 'node:diagnostics_channel'
import type { RelyingPartyMiddleware, RelyingPartyStatus } from 'express-oidc-rp'
import { type EventName, eventNames, sentenceOf } from './sentences.ts'

/** An event of the library, in words. */
interface Happening {
  /** Higher for later ones. */
  readonly id: number
  readonly at: Date
  readonly name: EventName
  readonly text: string
  /** How often it happened in a row. */
  readonly times: number
}

/** What the app's events and its status say. It contains no secret, and nothing about a user. */
export interface LibraryState {
  readonly provider: {
    readonly issuer: string
    readonly state: 'unknown' | 'up' | 'down'
    readonly since: Date
  }
  readonly client: Pick<RelyingPartyStatus, 'clientId' | 'registeredAt' | 'nextRotationAt'> & {
    readonly origin: 'registered' | 'reused' | undefined
    /** The sets of credentials since the app started, the newest last. */
    readonly generations: readonly Generation[]
  }
  /** The newest first. */
  readonly events: readonly Happening[]
}

interface Generation {
  readonly number: number
  readonly since: Date
}

export interface WatchedLibrary {
  readonly state: () => LibraryState
  /** Calls a function after each change. Returns what ends that. */
  readonly onChange: (listener: () => void) => () => void
  /** Sends the state to all pages that are open. */
  readonly tellPages: () => void
}

const MOST_EVENTS = 50
const MOST_GENERATIONS = 3
/** Milliseconds: events often come in groups, and a subscriber must not hold up the request that causes them. */
const TOGETHER = 50

/** Follows the library through the events that it publishes on `node:diagnostics_channel`, and through its status. */
export function watchLibrary(rp: RelyingPartyMiddleware): WatchedLibrary {
  const listeners = new Set<() => void>()
  const events: Happening[] = []
  const generations: Generation[] = []
  let provider: Omit<LibraryState['provider'], 'issuer'> = { state: 'unknown', since: new Date() }
  let origin: LibraryState['client']['origin']
  let count = 0
  let soon: NodeJS.Timeout | undefined

  function note(name: EventName, message: unknown): void {
    count += 1
    const text = sentenceOf(name, message)
    const isRepeated = events[0]?.name === name && events[0].text === text
    const before = isRepeated ? events.shift() : undefined
    events.unshift({ id: count, at: new Date(), name, text, times: (before?.times ?? 0) + 1 })
    events.splice(MOST_EVENTS)
    if (name === 'provider.discovered') noteProvider('up')
    if (name === 'provider.failed') noteProvider('down')
    if (name === 'client.registered') origin = 'registered'
    if (name === 'client.reused') origin = 'reused'
    soon ??= setTimeout(tellPages, TOGETHER)
  }

  function noteProvider(state: 'up' | 'down'): void {
    if (provider.state !== state) provider = { state, since: new Date() }
  }

  function noteGeneration({ generation, rotatedAt }: RelyingPartyStatus): void {
    if (generation === undefined || generations.at(-1)?.number === generation) return
    generations.push({ number: generation, since: rotatedAt ?? new Date() })
    generations.splice(0, generations.length - MOST_GENERATIONS)
  }

  function tellPages(): void {
    clearTimeout(soon)
    soon = undefined
    noteGeneration(rp.status())
    for (const listener of listeners) listener()
  }

  for (const name of eventNames) subscribe(`express-oidc-rp:${name}`, message => note(name, message))
  return {
    state() {
      const status = rp.status()
      noteGeneration(status)
      const { issuer, clientId, registeredAt, nextRotationAt } = status
      return {
        provider: { issuer, ...provider },
        client: { clientId, registeredAt, nextRotationAt, origin, generations: [...generations] },
        events: [...events],
      }
    },
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    tellPages,
  }
}
