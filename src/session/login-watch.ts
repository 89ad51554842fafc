import type { RelyingParty } from '../relying-party/relying-party.ts'
import type { Login } from './logins.ts'
import { isLoginOver } from './logout-marks.ts'

/** Tells whoever keeps a connection open for a login when that login is over. */
interface LoginWatch {
  /** Is aborted when the login was ended, here or on another replica, or its absolute lifetime has passed. */
  readonly signal: AbortSignal
  /** Watches no longer. To be called when the connection is closed. */
  release(): void
}

interface Watched {
  readonly controller: AbortController
  readonly expiresAt: number
  watchers: number
}

/** Milliseconds between two looks at the marks, and how many of them are read at a time. */
const PERIOD = 1_000
const MOST_READS = 500

/** The watches of one relying party, those that were looked at longest ago first. */
interface Watches {
  readonly byLogin: Map<string, Watched>
  isLooking: boolean
}

const watchesOf = new WeakMap<RelyingParty, Watches>()

/**
 * Watches a login. What ends on this replica is told at once; for what ends on others, the marks are read: of up to 500
 * watched logins within a second, of more in turn.
 */
export function watchLogin(rp: RelyingParty, { id, startedAt }: Pick<Login, 'id' | 'startedAt'>): LoginWatch {
  const watches = watchesOf.get(rp) ?? { byLogin: new Map(), isLooking: false }
  watchesOf.set(rp, watches)
  const expiresAt = startedAt + rp.settings.absoluteLifetime
  const watched = watches.byLogin.get(id) ?? { controller: new AbortController(), expiresAt, watchers: 0 }
  watches.byLogin.set(id, watched)
  watched.watchers += 1
  lookSoon(rp, watches)
  let isReleased = false
  return {
    signal: watched.controller.signal,
    release() {
      if (isReleased) return
      isReleased = true
      watched.watchers -= 1
      if (watched.watchers === 0 && watches.byLogin.get(id) === watched) watches.byLogin.delete(id)
    },
  }
}

/** Tells the watchers of this replica that a login is over. */
export function tellEnded(rp: RelyingParty, loginId: string): void {
  const { byLogin } = watchesOf.get(rp) ?? {}
  const watched = byLogin?.get(loginId)
  byLogin?.delete(loginId)
  watched?.controller.abort()
}

function lookSoon(rp: RelyingParty, watches: Watches): void {
  if (watches.isLooking || watches.byLogin.size === 0) return
  watches.isLooking = true
  setTimeout(() => void look(rp, watches), PERIOD).unref()
}

/** A store that is away is asked again at the next turn. */
async function look(rp: RelyingParty, watches: Watches): Promise<void> {
  const turn = [...watches.byLogin].slice(0, MOST_READS)
  await Promise.all(
    turn.map(async ([loginId, watched]) => {
      const isOver = watched.expiresAt <= Date.now() || (await isLoginOver(rp, loginId).catch(() => false))
      if (isOver) tellEnded(rp, loginId)
      else if (watches.byLogin.delete(loginId)) watches.byLogin.set(loginId, watched)
    }),
  )
  watches.isLooking = false
  lookSoon(rp, watches)
}
