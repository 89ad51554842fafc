import type { Settings } from '../../../relying-party/options/settings.ts'

/** How many tokens are kept at a time. Others of the same provider may have been sent here by mistake. */
const MOST = 100
/** How often each is tried. A token is accepted for two minutes. */
const ATTEMPTS = 2
const LONGEST_PAUSE = 50_000

/**
 * Makes what keeps logout tokens that the provider has signed for a client that this app does not know. After the store has lost
 * its data, a replica that starts there learns of the client of the others only when they read the record again.
 */
export function logoutsForLater(
  { rereadEvery, log }: Settings,
  end: (token: string) => Promise<void>,
): (token: string) => void {
  const kept = new Set<string>()
  const pause = Math.min(rereadEvery * 1.1, LONGEST_PAUSE)

  function tryLater(token: string, attempts: number): void {
    setTimeout(() => {
      end(token).then(
        () => {
          kept.delete(token)
          log('A logout token that was refused because its client was not known yet has taken effect now.')
        },
        () => {
          if (attempts > 1) tryLater(token, attempts - 1)
          else kept.delete(token) // it was refused when it arrived, so nobody waits for it
        },
      )
    }, pause).unref()
  }

  return token => {
    if (kept.has(token) || kept.size >= MOST) return
    kept.add(token)
    tryLater(token, ATTEMPTS)
  }
}
