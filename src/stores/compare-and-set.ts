import { setTimeout as pause } from 'node:timers/promises'
import { OidcError } from '../vocabulary/errors.ts'
import type { SetOptions, Store } from './store.ts'

/** How often a writer tries again when others come first. */
const MOST_ATTEMPTS = 200
/** Milliseconds: pauses grow by a step each, up to the longest, and are random, so that writers do not keep step. */
const STEP = 4
const LONGEST_PAUSE = 40

/**
 * Changes a record that others may change at the same time. `attempt` reads it, and writes on condition that it is still
 * the same; it returns `undefined` if another writer came first, and is then made again.
 *
 * @throws {@link OidcError} `ERR_OIDC_STORE_UNAVAILABLE` if others keep coming first.
 */
export async function compareAndSet<Result>(
  store: Store,
  attempt: () => Promise<{ readonly result: Result } | undefined>,
): Promise<Result> {
  for (let attempts = 1; attempts <= MOST_ATTEMPTS; attempts += 1) {
    const done = await attempt()
    if (done) return done.result
    await pause(Math.random() * Math.min(attempts * STEP, LONGEST_PAUSE))
  }
  throw outpaced(store)
}

/** What is thrown when others keep coming first. */
export function outpaced({ location }: Pick<Store, 'location'>): OidcError {
  return new OidcError('ERR_OIDC_STORE_UNAVAILABLE', {
    message: `The store in ${location} could not be used: too many others write the same record.`,
  })
}

/** The condition that a record is still what was read, or still absent. */
export function ifUnchanged(read: { readonly version: string | undefined } | undefined): SetOptions {
  return read?.version === undefined ? { ifAbsent: true } : { ifVersion: read.version }
}
