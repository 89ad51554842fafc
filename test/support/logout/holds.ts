import type { SessionData, Store as SessionStore } from 'express-session'
import type { Store } from '../../../src/index.ts'

/** What the stores of a replica can be stopped at: a call for a session, or the write of the tokens of a login. */
export type StoreCall = 'set' | 'destroy' | 'touch' | 'set tokens'

/** Stops a store at its next call of a kind, until it may go on. */
interface Hold {
  readonly call: StoreCall
  /** Is called when the call has come. */
  readonly reached: () => void
  /** What the call waits for. */
  readonly released: Promise<void>
}

/** Lets a test stop stores. */
export interface Holds {
  readonly hold: (hold: Hold) => void
  /** Passed by each call. */
  readonly passing: (call: StoreCall) => Promise<void>
}

/** Makes holds, of which each is for one call. */
export function buildHolds(): Holds {
  const holds: Hold[] = []
  return {
    hold: hold => void holds.push(hold),
    async passing(call) {
      const index = holds.findIndex(hold => hold.call === call)
      const [hold] = index < 0 ? [] : holds.splice(index, 1)
      hold?.reached()
      await hold?.released
    },
  }
}

/** Makes a store of sessions pass holds. The store itself stays what it is: of its class, with its private fields. */
export function holdSessions(store: SessionStore, { passing }: Holds): void {
  const { set, destroy, touch } = {
    set: store.set.bind(store),
    destroy: store.destroy.bind(store),
    touch: store.touch?.bind(store),
  }
  store.set = (id: string, data: SessionData, done) => void passing('set').then(() => set(id, data, done))
  store.destroy = (id: string, done) => void passing('destroy').then(() => destroy(id, done))
  if (touch)
    store.touch = (id: string, data: SessionData, done) =>
      void passing('touch').then(() => touch(id, data, done))
}

/** A store whose writes of tokens pass holds. */
export function holdTokens(inner: Store, { passing }: Holds): Store {
  return {
    ...inner,
    async set(key, value, options) {
      if (key.startsWith('tokens:')) await passing('set tokens')
      return inner.set(key, value, options)
    },
  }
}
