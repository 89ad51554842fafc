import { cleanWords } from '../vocabulary/clean-words.ts'
import { inTime } from '../vocabulary/deadline.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { describeStore, type Store } from './store.ts'

/** Milliseconds that one call may take. Some clients wait forever on a dead connection. */
const DEADLINE = 2_000

const bounded = new WeakSet<Store>()

/** Notes that a store needs no guard: it answers at once, and never fails. */
export function asBounded(store: Store): Store {
  bounded.add(store)
  return store
}

/** Wraps a store so that every call ends in time, and every failure is an {@link OidcError} that names the store. */
export function guardStore(store: Store, deadline: number = DEADLINE): Store {
  if (bounded.has(store)) return store
  const about = describeStore(store)
  async function guard<Result>(call: () => Promise<Result>): Promise<Result> {
    try {
      return await inTime(Promise.resolve(call()), deadline)
    } catch (error) {
      if (error instanceof OidcError) throw error
      throw new OidcError('ERR_OIDC_STORE_UNAVAILABLE', {
        message: `The store in ${about.location} could not be used: ${reasonOf(error)}.`,
        cause: error,
      })
    }
  }
  return Object.freeze<Store>({
    ...about,
    get: key => guard(() => store.get(key)),
    set: (key, value, options) => guard(() => store.set(key, value, options)),
    delete: (key, options) => guard(() => store.delete(key, options)),
  })
}

/** A SyntaxError quotes what could not be parsed, which may be a record. Others may quote an address with its password. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'its answer cannot be parsed'
  return (error instanceof Error ? cleanWords(error.message) : undefined) ?? 'unknown failure'
}
