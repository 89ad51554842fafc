import { OidcError } from '../../../vocabulary/errors.ts'

/** Runs work when there is a place for it. */
export type ConcurrencyLimit = <Result>(work: () => Promise<Result>) => Promise<Result>

/**
 * Limits how much work runs at the same time. The rest waits in line; when the line is full, work is refused with a time to
 * try again, so that a flood cannot fill the memory.
 *
 * @throws {@link OidcError} `ERR_OIDC_OVERLOADED`
 */
export function concurrencyLimit(places: number, line: number): ConcurrencyLimit {
  const waiting: (() => void)[] = []
  let busy = 0
  return async work => {
    if (busy < places) busy += 1
    else if (waiting.length < line) await new Promise<void>(resolve => waiting.push(resolve))
    else throw new OidcError('ERR_OIDC_OVERLOADED', { retryAfter: 2 })
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else busy -= 1
    }
  }
}
