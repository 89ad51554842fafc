import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose'
import * as errors from 'jose/errors'
import { OidcError } from '../../vocabulary/errors.ts'
import { isObject } from '../../vocabulary/json.ts'
import { isSigningKey } from '../keys/signing-keys.ts'
import { type Fetch, HttpFailure } from '../requests/bounded-fetch.ts'
import { knownCause, reasonOf } from '../requests/failure-reason.ts'
import { findByIssuer } from './keys-of-issuer.ts'

/** How long the provider's keys are cached, and how often they are fetched. All times are milliseconds of a clock that nobody sets. */
const FRESH_FOR = 10 * 60_000
const USABLE_FOR = 24 * 60 * 60_000
const BUDGET = { burst: 5, refillEvery: 10_000, places: Number.POSITIVE_INFINITY }
/** For tokens that anybody can send: made-up ones must use up no other budget. Nor must refreshed ones, which may come at any rate. */
const OWN_BUDGET = { burst: 2, refillEvery: 10_000, places: 1_000 }
const MOST_KEYS = 100

/** The provider's public keys, for verifying signatures. */
export interface KeyCache {
  /**
   * Finds the key that the header of a token names which the provider itself has answered, for `jose`. Throws
   * `ERR_OIDC_PROVIDER_UNAVAILABLE` for an unknown `kid` if the keys cannot be read, or may not be fetched again so soon: the token
   * may be genuine.
   */
  readonly getKey: JWTVerifyGetKey
  /** The same for a token that anybody can send. */
  readonly getKeyForStranger: JWTVerifyGetKey
  /** Finds the keys that may have signed a token, whatever its `kid` is. */
  readonly getKeyUnderAnyKid: JWTVerifyGetKey
  /** Fetches the keys again for such a token, unless that has been done too often. */
  refetchForAnyKid(): Promise<void>
  /** Fetches the keys again, unless that has just been done. */
  refetch(): Promise<void>
  /** Makes sure that there are keys. Throws `ERR_OIDC_PROVIDER_UNAVAILABLE` if not. */
  load(): Promise<void>
}

/**
 * Caches the keys of a `jwks_uri`: refetched when they are older than 10 minutes, kept for a day while the provider
 * cannot be reached, and refetched immediately for an unknown `kid`, within limits that a flood of made-up ones
 * cannot exceed. `jose`'s own cache rejects known keys during an outage, and fetches once for each unknown one.
 */
export function keyCache(jwksUri: string, fetch: Fetch): KeyCache {
  let keys:
    | { readonly find: JWTVerifyGetKey; readonly fetchedAt: number; readonly reading: number }
    | undefined
  let pending: Promise<void> | undefined
  let failure: unknown
  let readings = 0
  const budget = tokenBucket(BUDGET)
  const strangersBudget = tokenBucket(OWN_BUDGET)
  const anyKidBudget = tokenBucket(OWN_BUDGET)
  const findUnderAnyKid = finder(anyKidBudget)

  function refetch(): Promise<void> {
    pending ??= read().finally(() => {
      pending = undefined
    })
    return pending
  }

  /** Waits until the keys have been read, or returns `false` if the budget does not allow that. */
  async function readWithin(paid: Budget): Promise<boolean> {
    if (paid.waiting >= paid.places || (!pending && !paid.take())) return false
    paid.waiting += 1
    await refetch()
    paid.waiting -= 1
    return true
  }

  async function read(): Promise<void> {
    readings += 1
    const reading = readings
    try {
      const found = await fetchKeys(jwksUri, fetch)
      keys = { find: findByIssuer(found), fetchedAt: performance.now(), reading }
      failure = undefined
    } catch (error) {
      failure = error
    }
  }

  async function usableKeys(paid: Budget): Promise<JWTVerifyGetKey> {
    const age = keys ? performance.now() - keys.fetchedAt : Number.POSITIVE_INFINITY
    if (age > FRESH_FOR) await readWithin(paid)
    if (keys && performance.now() - keys.fetchedAt <= USABLE_FOR) return keys.find
    throw unreadable()
  }

  function unreadable(): OidcError {
    const { origin, pathname } = new URL(jwksUri) // the query of an address in options.endpoints may hold a secret
    return new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE', {
      message: `The OpenID Provider's keys could not be read from ${origin}${pathname}: ${reasonOf(failure)}.`,
      cause: knownCause(failure),
    })
  }

  /** A reading that began before a token came may have missed its key, so only a later one decides that there is none. */
  function finder(paid: Budget): JWTVerifyGetKey {
    return async (header, token) => {
      const before = readings
      for (;;) {
        const find = await usableKeys(paid)
        try {
          return await find(header, token)
        } catch (error) {
          if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
          if (keys && keys.reading > before) throw error
        }
        if (!(await readWithin(paid))) throw unknownKey()
        if (failure !== undefined) throw unreadable() // a new key may have signed the token
      }
    }
  }

  return Object.freeze<KeyCache>({
    refetch: async () => void (await readWithin(budget)),
    refetchForAnyKid: async () => void (await readWithin(anyKidBudget)),
    async load() {
      await usableKeys(budget)
    },
    getKey: finder(budget),
    getKeyForStranger: finder(strangersBudget),
    getKeyUnderAnyKid: ({ kid: _, ...header }, token) => findUnderAnyKid(header, token),
  })
}

async function fetchKeys(jwksUri: string, fetch: Fetch): Promise<JSONWebKeySet> {
  const response = await fetch(jwksUri, {
    method: 'GET',
    headers: { accept: 'application/json, application/jwk-set+json' },
  })
  if (response.status !== 200) throw new HttpFailure(`HTTP ${response.status}`, response.status)
  const document: unknown = await response.json().catch(() => undefined)
  const keys = isObject(document) ? document['keys'] : undefined
  if (!Array.isArray(keys)) throw new HttpFailure('the answer is not a JWK Set')
  const usable = keys.filter(isSigningKey).slice(0, MOST_KEYS)
  if (usable.length === 0) throw new HttpFailure('the JWK Set holds no key for signatures')
  return { keys: usable }
}

function unknownKey(): OidcError {
  return new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE', {
    message:
      "The token names a key that this app does not know, and the OpenID Provider's keys cannot be read again for it now. If the token is genuine, it is accepted in a moment.",
    retryAfter: BUDGET.refillEvery / 1_000,
  })
}

/** How often the keys may be fetched, and how many may wait for that: each of them holds a token in memory, and its caller's place. */
interface Budget {
  /** Whether one more fetch is allowed. */
  take(): boolean
  readonly places: number
  waiting: number
}

function tokenBucket({ places, ...size }: typeof BUDGET): Budget {
  let tokens = size.burst
  let refilledAt = performance.now()
  return {
    places,
    waiting: 0,
    take() {
      const refills = Math.floor((performance.now() - refilledAt) / size.refillEvery)
      tokens = Math.min(size.burst, tokens + refills)
      refilledAt += refills * size.refillEvery
      if (tokens === 0) return false
      tokens -= 1
      return true
    },
  }
}
