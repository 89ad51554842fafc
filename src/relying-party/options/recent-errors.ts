import { cleanWords } from '../../vocabulary/clean-words.ts'
import { sentenceOf } from '../../vocabulary/error-codes.ts'
import type { OidcError, OidcErrorCode } from '../../vocabulary/errors.ts'

/** Errors of one kind, with the newest reference. */
export interface RecentError {
  readonly code: OidcErrorCode
  readonly sentence: string
  readonly reference: string
  /** How many there were. */
  readonly count: number
  /** When the newest one happened, by `performance.now()`. */
  readonly at: number
}

/** Remembers the last errors of one relying party in this process, for its operators. */
export interface RecentErrors {
  /** Remembers a failed request by the fixed sentence of its code, because its message may be about a user. */
  readonly ofRequest: (error: OidcError) => void
  /** Remembers a failure of background work, with its message. */
  readonly ofBackground: (error: OidcError) => void
  /** The kinds that are remembered, the newest first. */
  readonly list: () => readonly RecentError[]
}

/** How many kinds are remembered: more than there are codes that a stranger can cause, so that none can push out all others. */
const MOST_KINDS = 20
const LONGEST_SENTENCE = 600

/** Makes the memory of one relying party. Sentences that differ only in numbers are of one kind. */
export function recentErrors(): RecentErrors {
  const kinds = new Map<string, RecentError>()

  function remember({ code, reference }: OidcError, sentence: string): void {
    const key = `${code} ${sentence.replace(/\d+/g, '#')}`
    const count = (kinds.get(key)?.count ?? 0) + 1
    kinds.delete(key) // so that the map stays in the order of time
    kinds.set(key, { code, sentence, reference, count, at: performance.now() })
    const [oldest = ''] = kinds.keys()
    if (kinds.size > MOST_KINDS) kinds.delete(oldest)
  }

  return {
    ofRequest: error => remember(error, sentenceOf(error.code)),
    ofBackground: error => remember(error, operatorSentence(error)),
    list: () => [...kinds.values()].reverse(),
  }
}

/** The message of an error that is not about a request, without what looks like a secret or an e-mail address. */
export function operatorSentence({ code, message }: OidcError): string {
  return cleanWords(message, [], LONGEST_SENTENCE) ?? sentenceOf(code)
}
