import { errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'
import { OidcError } from '../../vocabulary/errors.ts'
import { isObject } from '../../vocabulary/json.ts'
import { type Fetch, HttpFailure } from './bounded-fetch.ts'
import { knownCause, reasonOf } from './failure-reason.ts'
import { findByIssuer } from './keys-of-issuer.ts'

/** How long the provider's keys are cached, and how often they are fetched. All times are milliseconds. */
const FRESH_FOR = 10 * 60_000
const USABLE_FOR = 24 * 60 * 60_000
const BUDGET = { burst: 2, refillEvery: 10_000 }
const MOST_KEYS = 100

/** The provider's public keys, for verifying signatures. */
export interface KeyCache {
  /** Finds the key that a token's header names, for `jose`. */
  readonly getKey: JWTVerifyGetKey
  /** Fetches the keys again, unless that has just been done. */
  refetch(): Promise<void>
  /** Makes sure that there are keys. Throws `ERR_OIDC_PROVIDER_UNAVAILABLE` if not. */
  load(): Promise<void>
}

/**
 * Caches the keys of a `jwks_uri`: refetched when they are older than 10 minutes, kept for a day while the provider
 * cannot be reached, and refetched immediately for an unknown `kid`, within a limit that a flood of made-up ones
 * cannot exceed. `jose`'s own cache rejects known keys during an outage, and fetches once for each unknown one.
 */
export function keyCache(jwksUri: string, fetch: Fetch, now: () => number = Date.now): KeyCache {
  let keys: { readonly find: JWTVerifyGetKey; readonly fetchedAt: number } | undefined
  let pending: Promise<void> | undefined
  let failure: unknown
  const budget = tokenBucket(BUDGET, now)

  function refetch(): Promise<void> {
    pending ??= fetchKeys(jwksUri, fetch)
      .then(
        found => {
          keys = { find: findByIssuer(found), fetchedAt: now() }
          failure = undefined
        },
        error => {
          failure = error
        },
      )
      .finally(() => {
        pending = undefined
      })
    return pending
  }

  async function usableKeys(): Promise<JWTVerifyGetKey> {
    const age = keys ? now() - keys.fetchedAt : Number.POSITIVE_INFINITY
    if (age > FRESH_FOR && (pending || budget.take())) await refetch()
    if (keys && now() - keys.fetchedAt <= USABLE_FOR) return keys.find
    const { origin, pathname } = new URL(jwksUri) // the query of an address in options.endpoints may hold a secret
    throw new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE', {
      message: `The OpenID Provider's keys could not be read from ${origin}${pathname}: ${reasonOf(failure)}.`,
      cause: knownCause(failure),
    })
  }

  return Object.freeze<KeyCache>({
    async refetch() {
      if (pending || budget.take()) await refetch()
    },
    async load() {
      await usableKeys()
    },
    async getKey(header, token) {
      const find = await usableKeys()
      try {
        return await find(header, token)
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey) || !(pending || budget.take())) throw error
        await refetch()
        return (await usableKeys())(header, token)
      }
    },
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

/** Only public keys of asymmetric algorithms: a symmetric key in a JWK Set is a trap (RFC 8725 §3.1). */
function isSigningKey(key: unknown): boolean {
  if (!isObject(key)) return false
  const { kty, use = 'sig' } = key
  return use === 'sig' && (kty === 'RSA' || kty === 'EC' || kty === 'OKP')
}

function tokenBucket(size: { burst: number; refillEvery: number }, now: () => number): { take(): boolean } {
  let tokens = size.burst
  let refilledAt = now()
  return {
    take() {
      const refills = Math.floor((now() - refilledAt) / size.refillEvery)
      tokens = Math.min(size.burst, tokens + refills)
      refilledAt += refills * size.refillEvery
      if (tokens === 0) return false
      tokens -= 1
      return true
    },
  }
}
