import type { Fetch } from '../protocol/requests/bounded-fetch.ts'
import { reasonOf } from '../protocol/requests/failure-reason.ts'

/** When the provider last answered this process, and when it last did not. Times are those of `performance.now()`. */
export interface ProviderContact {
  readonly answeredAt: number | undefined
  readonly failedAt: number | undefined
  /** Which host did not answer, and why. */
  readonly failure: string | undefined
}

/** A fetch that notes how its requests end. */
export interface WatchedFetch {
  readonly fetch: Fetch
  readonly contact: () => ProviderContact
}

/** Wraps a fetch so that it notes how its requests end. An answer with a status of 500 or above counts as none. */
export function watchContact(fetch: Fetch): WatchedFetch {
  let contact: ProviderContact = { answeredAt: undefined, failedAt: undefined, failure: undefined }
  function noteFailure(url: string, reason: string): void {
    contact = { ...contact, failedAt: performance.now(), failure: `${new URL(url).host}: ${reason}` }
  }
  return {
    contact: () => contact,
    async fetch(url, init) {
      try {
        const response = await fetch(url, init)
        if (response.status >= 500) noteFailure(url, `HTTP ${response.status}`)
        else contact = { ...contact, answeredAt: performance.now() }
        return response
      } catch (error) {
        if (!init.signal?.aborted) noteFailure(url, reasonOf(error)) // the provider did not fail a request that was given up
        throw error
      }
    },
  }
}
