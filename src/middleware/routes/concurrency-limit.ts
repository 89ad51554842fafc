import { OidcError } from '../../vocabulary/errors.ts'

/**
 * Limits how much work runs at the same time. The rest waits in line; when the line is full, work is refused with a time to
 * try again, so that a flood cannot fill the memory.
 *
 * @throws {@link OidcError} `ERR_OIDC_OVERLOADED`
 */
export function concurrencyLimit(
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
