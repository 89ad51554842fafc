import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { singleFlight } from '../../vocabulary/single-flight.ts'
import type { Login } from '../login/login.ts'
import { addToIndex } from './login-index.ts'
import { isLoginOver, isOverAtProvider } from './logout-marks.ts'

/** Puts logins back into the index that the store has lost, when their users return. */
export interface IndexReturns {
  /** Whether a login may be missing there. Calls nothing. */
  isDue(login: Login): boolean
  /**
   * Adds a login to the index again. Returns `false` if the provider has ended it while no logout could find it. While the store
   * is unavailable the login stays, and is added later.
   */
  add(login: Login): Promise<boolean>
}

/** Milliseconds after a failure in which the store is not asked: signed-in requests need not wait for it. */
const PAUSE = 10_000

/** Makes what puts logins back into the index, each once, and none unless the store has lost data. */
export function indexReturns({
  settings,
  lostBefore,
}: Pick<RelyingParty, 'settings' | 'lostBefore'>): IndexReturns {
  const running = singleFlight<boolean>()
  const returned = new Set<string>()
  let loss: number | undefined
  let pausedUntil = 0

  const isPast = (before: number): boolean => Date.now() - before > settings.absoluteLifetime

  async function restore(login: Login): Promise<boolean> {
    await addToIndex(settings, login, login.sessionId)
    const [isOver, isMarked] = await Promise.all([
      isOverAtProvider(settings, login, login.startedAt),
      isLoginOver(settings, login.id),
    ])
    if (!isOver && !isMarked) returned.add(keyOf(login))
    return !isOver && !isMarked
  }

  return {
    isDue(login) {
      const before = lostBefore()
      if (before === undefined) return false
      if (returned.size > 0 && isPast(before)) returned.clear()
      if (login.startedAt >= before) return false
      if (before !== loss) returned.clear()
      loss = before
      return !returned.has(keyOf(login)) && performance.now() >= pausedUntil
    },
    add(login) {
      return running
        .run(keyOf(login), () => restore(login))
        .catch(error => {
          if (!(error instanceof OidcError)) throw error
          pausedUntil = performance.now() + PAUSE
          return true
        })
    },
  }
}

/** The app may hold a login in several sessions. */
function keyOf({ id, sessionId }: Login): string {
  return `${id} ${sessionId}`
}
