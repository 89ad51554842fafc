import session, { type SessionData } from 'express-session'
import { decodeJwt } from 'jose'
import { memoryStore, type Store } from '../../../src/index.ts'

/** Takes its time at each call, so that what runs side by side is mixed. */
export type Dawdle = () => Promise<void>

/** Stores that two replicas share. */
export interface DawdlingStores {
  readonly own: Store
  readonly sessions: session.Store
  /** How many records of tokens there are of a user's logins. */
  readonly tokensOf: (sub: string) => Promise<number>
}

/** Makes stores each of whose calls dawdles before and after. */
export function dawdlingStores(dawdle: Dawdle): DawdlingStores {
  const inner = memoryStore()
  const owners = new Map<string, string | undefined>()
  const slow = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    await dawdle()
    const result = await call()
    await dawdle()
    return result
  }
  const own: Store = {
    ...inner,
    get: key => slow(() => inner.get(key)),
    async set(key, value, options) {
      const version = await slow(() => inner.set(key, value, options))
      if (key.startsWith('tokens:')) owners.set(key, decodeJwt(JSON.parse(value).idToken).sub)
      return version
    },
    delete: (key, options) => slow(() => inner.delete(key, options)),
  }
  const tokensOf = async (sub: string): Promise<number> => {
    const keys = [...owners].flatMap(([key, owner]) => (owner === sub ? [key] : []))
    return (await Promise.all(keys.map(key => inner.get(key)))).filter(Boolean).length
  }
  return { own, sessions: new DawdlingSessions(dawdle), tokensOf }
}

/** How often a write of a session dawdles: whoever ends it does ten things meanwhile. */
const LATE = 16

class DawdlingSessions extends session.MemoryStore {
  readonly #dawdle: Dawdle

  constructor(dawdle: Dawdle) {
    super()
    this.#dawdle = dawdle
  }

  override get(id: string, done: (error: unknown, data?: SessionData | null) => void): void {
    void this.#dawdle().then(() => super.get(id, done))
  }

  override set(id: string, data: SessionData, done?: (error?: unknown) => void): void {
    const copy = JSON.parse(JSON.stringify(data))
    const slow = Array.from({ length: LATE }, () => this.#dawdle)
    void slow
      .reduce((before, dawdle) => before.then(dawdle), Promise.resolve())
      .then(() => super.set(id, copy, done))
  }

  override destroy(id: string, done?: (error?: unknown) => void): void {
    void this.#dawdle().then(() => super.destroy(id, done))
  }
}
