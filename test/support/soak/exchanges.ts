/** What is exchanged for tokens. */
type ExchangeKind = 'code' | 'refresh'

/** One request to the token endpoint, in the time of this process. */
interface Exchange {
  readonly kind: ExchangeKind
  readonly begun: number
  readonly ended: number
  /** The error that was answered. */
  readonly error: string | undefined
}

/** A stretch of time in which credentials changed. */
export interface Switch {
  readonly begun: number
  readonly ended: number
}

/** The token requests of a provider: counted, and some held for as long as a test wants. */
export interface Exchanges {
  /** Called when a request has come; resolves when it may be handled. */
  readonly arrive: (kind: ExchangeKind) => Promise<void>
  /** Called when its answer is ready; resolves when it may be sent. */
  readonly answer: (kind: ExchangeKind) => Promise<void>
  /** Called when it was answered. */
  readonly note: (kind: ExchangeKind, begun: number, error: string | undefined) => void
  /** Holds the next so many requests of each kind when they come, and as many when their answer is ready. */
  readonly hold: (counts: Readonly<Record<ExchangeKind, number>>) => void
  /** How many are held. */
  readonly held: () => number
  /** Lets go whatever is held. */
  readonly release: () => void
  readonly count: (kind: ExchangeKind) => number
  readonly errors: () => ReadonlyMap<string, number>
  /** The requests that came before a switch began and were answered after it was over. */
  readonly across: (one: Switch) => readonly Exchange[]
}

/** Begins to watch the token endpoint of a provider. */
export function watchExchanges(): Exchanges {
  const done: Exchange[] = []
  const places = { arrive: { code: 0, refresh: 0 }, answer: { code: 0, refresh: 0 } }
  let held = 0
  const waiting: (() => void)[] = []

  async function pass(gate: keyof typeof places, kind: ExchangeKind): Promise<void> {
    if (places[gate][kind] === 0) return
    places[gate][kind] -= 1
    held += 1
    await new Promise<void>(resolve => waiting.push(resolve))
  }

  return {
    arrive: kind => pass('arrive', kind),
    answer: kind => pass('answer', kind),
    note: (kind, begun, error) => void done.push({ kind, begun, ended: performance.now(), error }),
    hold(counts) {
      held = 0
      Object.assign(places, { arrive: { ...counts }, answer: { ...counts } })
    },
    held: () => held,
    release() {
      const none = { code: 0, refresh: 0 }
      Object.assign(places, { arrive: { ...none }, answer: { ...none } })
      for (const letGo of waiting.splice(0)) letGo()
    },
    count: kind => done.filter(exchange => exchange.kind === kind).length,
    errors: () => countBy(done.flatMap(({ error }) => error ?? [])),
    across: one => done.filter(({ begun, ended }) => begun < one.begun && ended > one.ended),
  }
}

/** How often each text occurs. */
export function countBy(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1)
  return counts
}
