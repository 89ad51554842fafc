import { generatePrivateKey } from '../../protocol/client-authentication/client-authentication.ts'
import { buildProofKey } from '../../protocol/client-authentication/token-proofs.ts'
import type { ProofKey, ProofKeys } from '../../protocol/keys/proof-keys.ts'
import { compareAndSet, ifUnchanged } from '../../stores/compare-and-set.ts'
import { readRecord } from '../../stores/stored-record.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { damagedRecord, hasMembers, isListOf, isText, isTime } from '../../vocabulary/json.ts'
import type { JsonWebKey } from '../../vocabulary/oauth2-client.ts'
import { singleFlight } from '../../vocabulary/single-flight.ts'
import type { Settings } from '../options/settings.ts'
import { digest } from '../record/client-record.ts'

/** The keys that access tokens are bound to, kept in the store. */
export interface StoredProofKeys extends ProofKeys {
  /** Makes the store and this process agree on the keys. */
  readonly agree: () => Promise<void>
}

/** A private key as it is kept. */
interface KeptKey {
  readonly key: JsonWebKey & { readonly kid: string; readonly alg: string }
  /** Milliseconds since 1970. */
  readonly since: number
}

const isKeptKey = hasMembers<KeptKey>({
  key: hasMembers<Pick<KeptKey['key'], 'kid' | 'alg' | 'kty'>>({ kid: isText, alg: isText, kty: isText }),
  since: isTime,
})
const isKeptKeys = (value: unknown): value is readonly KeptKey[] => isListOf(isKeptKey)(value)

/** How many keys are kept. There is one, unless a store has lost its data or the provider supports other algorithms now. */
const MOST_KEYS = 4

/**
 * The keys are in the store, so that a token that one replica has obtained, or an earlier start, can be used by any other. They
 * are made when they are first needed. If the store has lost them, the process puts its own back.
 */
export function proofKeys({
  store,
  name,
  issuer,
}: Pick<Settings, 'store' | 'name' | 'issuer'>): StoredProofKeys {
  const place = `key:dpop:${digest(issuer)}:${name}`
  const prepared = new Map<string, Promise<ProofKey>>()
  const readings = singleFlight<void>()
  let known: readonly KeptKey[] = []

  const agreeOnce = (algorithms?: readonly string[]): Promise<void> =>
    readings.run(String(algorithms), async () => {
      known = await agreeOn(algorithms)
    })

  /** Returns the keys that the store holds from now on, the newest first; one of them has one of the algorithms. */
  async function agreeOn(algorithms: readonly string[] | undefined): Promise<readonly KeptKey[]> {
    let made: KeptKey | undefined
    return compareAndSet(store, async () => {
      const stored = await readRecord(store, place, isKeptKeys)
      const found = stored?.record ?? []
      const others = known.filter(({ key }) => !found.some(one => one.key.kid === key.kid))
      const all = [...found, ...others].slice(0, Math.max(MOST_KEYS, found.length))
      if (algorithms && !find(all, algorithms)) {
        made ??= await makeKey(algorithms)
        all.unshift(made)
      }
      if (all.length === found.length) return { result: found }
      const version = await store.set(place, JSON.stringify(all.slice(0, MOST_KEYS)), ifUnchanged(stored))
      return version === undefined ? undefined : { result: all }
    })
  }

  function prepare({ key }: KeptKey): Promise<ProofKey> {
    const ready = prepared.get(key.kid) ?? buildProofKey(key).catch(() => forget(key.kid))
    prepared.set(key.kid, ready)
    return ready
  }

  /** A key that cannot be used is read again when it is needed the next time: it may have been repaired by then. */
  function forget(kid: string): never {
    prepared.delete(kid)
    known = known.filter(({ key }) => key.kid !== kid)
    throw damagedRecord(`The record "${place}" in ${store.location}`)
  }

  return {
    async current(algorithms) {
      if (!find(known, algorithms)) await agreeOnce(algorithms)
      const newest = find(known, algorithms)
      if (newest) return prepare(newest)
      throw new OidcError('ERR_OIDC_STORE_UNAVAILABLE', {
        message: `${store.location} does not keep what is written to it.`,
      })
    },
    async withThumbprint(jkt) {
      const isOne = ({ key }: KeptKey): boolean => key.kid === jkt
      if (!known.some(isOne)) await agreeOnce()
      const found = known.find(isOne)
      return found && prepare(found)
    },
    agree: async () => (known.length > 0 ? agreeOnce() : undefined),
  }
}

function find(keys: readonly KeptKey[], algorithms: readonly string[]): KeptKey | undefined {
  return keys.find(({ key }) => algorithms.includes(key.alg))
}

async function makeKey([algorithm = 'ES256']: readonly string[]): Promise<KeptKey> {
  const { kid = '', ...key } = await generatePrivateKey(algorithm)
  return { key: { ...key, kid, alg: algorithm }, since: Date.now() }
}
