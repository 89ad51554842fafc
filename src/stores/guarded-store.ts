import { inTime } from '../vocabulary/deadline.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { describeStore, type Store } from './store.ts'

/** Milliseconds that one call may take. Some clients wait forever on a dead connection. */
const DEADLINE = 2_000

/** Wraps a store so that every call ends in time, and every failure is an {@link OidcError} that names the store. */
export function guardStore(store: Store, deadline: number = DEADLINE): Store {
  const guard = <Result>(call: () => Promise<Result>): Promise<Result> =>
    inTime(Promise.resolve().then(call), deadline).catch(error => {
      if (error instanceof OidcError) throw error
      throw new OidcError('ERR_OIDC_STORE_UNAVAILABLE', {
        message: `The store in ${store.location} could not be used: ${reasonOf(error)}.`,
        cause: error,
      })
    })
  return Object.freeze<Store>({
    ...describeStore(store),
    get: key => guard(() => store.get(key)),
    set: (key, value, options) => guard(() => store.set(key, value, options)),
    delete: (key, options) => guard(() => store.delete(key, options)),
  })
}

/** A SyntaxError quotes what could not be parsed, which may be a record. */
function reasonOf(error: unknown): string {
  if (error instanceof SyntaxError) return 'its answer cannot be parsed'
  return error instanceof Error ? error.message : 'unknown failure'
}
