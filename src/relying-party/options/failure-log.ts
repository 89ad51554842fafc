import { oneLine } from '../../vocabulary/clean-words.ts'
import type { OidcError } from '../../vocabulary/errors.ts'

/** Milliseconds in which repeats are counted before a line gives their number. */
const MINUTE = 60_000
/** Reasons of one code that are told apart, so that a stranger who can vary them fills neither the log nor the memory. */
const MOST_REASONS = 5
/** References of repeats that a line names. */
const MOST_REFERENCES = 10

/** Logs failures: each kind once, then how often it happened again, once a minute. */
export interface FailureLog {
  /** Logs a failure that an operator should know about. An error, and one that it caused, are only logged once. */
  report(error: OidcError, context?: string): void
  /** Counts a failure that anybody can cause, without a line of its own. */
  count(error: OidcError): void
  /** Logs what has been counted so far. */
  flush(): void
}

/** Failures of one kind that no line has told yet. */
interface Kind {
  /** What they have in common. */
  readonly sentence: string
  repeats: number
  references: readonly string[]
}

/**
 * Makes the log of one relying party. Reasons that differ only in numbers, such as seconds, are of one kind. The minute is
 * a timer's, so a clock that is set changes nothing, and it keeps no process alive.
 *
 * @param remember - Is told of every failure, repeats included.
 */
export function failureLog(
  log: (sentence: string) => void,
  remember: (error: OidcError) => void = () => undefined,
): FailureLog {
  const kinds = new Map<string, Kind>()
  const strangers = new Map<string, Kind>()
  const logged = new WeakSet<Error>()
  let timer: NodeJS.Timeout | undefined

  function tell(): void {
    clearTimeout(timer)
    timer = undefined
    for (const [key, { sentence, repeats, references }] of kinds) {
      if (repeats === 0) kinds.delete(key)
      else kinds.set(key, { sentence, repeats: 0, references: [] })
      if (repeats > 0)
        log(`… ${repeats} more in the last minute: ${sentence}${referring(references, repeats)})`)
    }
    const counted = [...strangers.values()].map(
      ({ sentence, repeats, references }) => `${repeats} × ${sentence}${referring(references, repeats)}`,
    )
    if (counted.length > 0)
      log(`Requests in the last minute that belong to no sign-in of this app: ${counted.join('; ')}.`)
    strangers.clear()
    if (kinds.size > 0) start()
  }

  function start(): void {
    timer ??= setTimeout(tell, MINUTE).unref()
  }

  function repeat(among: Map<string, Kind>, key: string, error: OidcError, sentence: string): void {
    const { repeats, references, ...kind } = among.get(key) ?? { sentence, repeats: 0, references: [] }
    among.set(key, {
      ...kind,
      repeats: repeats + 1,
      references: [...references, error.reference].slice(0, MOST_REFERENCES),
    })
    start()
  }

  return {
    report(error, context = '') {
      if (logged.has(error) || (error.cause instanceof Error && logged.has(error.cause))) return
      logged.add(error)
      remember(error)
      const { code, message, clientId, reference } = error
      const sentence = oneLine(
        `${message} (${code}${clientId === undefined ? '' : `, client ${clientId}`}`,
        LONGEST_SENTENCE,
      )
      const key = `${code} ${message.replace(/\d+/g, '#')}`
      if (kinds.has(key)) return repeat(kinds, key, error, sentence)
      if (reasonsOf(kinds, code) >= MOST_REASONS)
        return repeat(kinds, `${code}:`, error, `other reasons (${code}`)
      kinds.set(key, { sentence, repeats: 0, references: [] })
      start()
      log(`${oneLine(context, LONGEST_CONTEXT)}${sentence}, reference ${reference})`)
    },
    count(error) {
      if (logged.has(error)) return
      remember(error)
      repeat(strangers, error.code, error, error.code)
    },
    flush() {
      tell()
      clearTimeout(timer)
      timer = undefined
      kinds.clear()
    },
  }
}

const LONGEST_CONTEXT = 120
const LONGEST_SENTENCE = 1_500

function reasonsOf(kinds: ReadonlyMap<string, Kind>, code: string): number {
  return [...kinds.keys()].filter(key => key.startsWith(`${code} `)).length
}

function referring(references: readonly string[], repeats: number): string {
  const others = repeats - references.length
  const rest = others > 0 ? ` and ${others} others` : ''
  return `, reference${repeats === 1 ? '' : 's'} ${references.join(' ')}${rest}`
}
