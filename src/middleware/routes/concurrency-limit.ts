import { OidcError } from '../../vocabulary/errors.ts'

/**
 * Lets work through, so much at a time and the rest in line. Who would stand too far back is turned away, and told when to
 * come again: what floods us must not fill the memory.
 *
 * @throws {@link OidcError} `ERR_OIDC_OVERLOADED`
 */
export function turnstile(
  places: number,
  line: number,
): <Result>(work: () => Promise<Result>) => Promise<Result> {
  const waiting: (() => void)[] = []
  let busy = 0
  return async work => {
    if (waiting.length >= line) throw new OidcError('ERR_OIDC_OVERLOADED', { retryAfter: 2 })
    if (busy < places) busy += 1
    else await new Promise<void>(resolve => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else busy -= 1
    }
  }
}
