import { isDeepStrictEqual } from 'node:util'
import type { OidcError } from '../../vocabulary/errors.ts'
import type { DiscoveryOptions } from '../metadata/discovery-options.ts'
import type { ProviderMetadata } from '../metadata/provider-metadata.ts'
import type { Fetch } from '../requests/bounded-fetch.ts'
import { statusOf } from '../requests/failure-reason.ts'
import { discoverProvider, type Provider } from './connection.ts'
import { fetchProviderMetadata } from './discovery.ts'
import { keyCache } from './key-cache.ts'

/** A provider whose configuration is read again from time to time. */
export interface FreshProvider {
  readonly current: Provider
  /** Begins to read it again regularly. The timer keeps no process alive. */
  start(): void
  /** Ends it; resolves when a reading that is under way has ended. */
  stop(): Promise<void>
}

/** When to read again, and who is told. */
export interface Freshness {
  /** Milliseconds between two readings; `undefined` for never. */
  readonly every: number | undefined
  /** Is told that the configuration was read again, and the names of the members that have changed. */
  readonly onRead: (members: readonly string[]) => void
  /** Is told why the configuration could not be read again, and when the next attempt may be made. The one that is known stays in use. */
  readonly onFailure: (error: OidcError, retryInMs: number) => void
}

/** Milliseconds between two readings because of moved endpoints, however many requests find that. */
const AT_LEAST = 10_000

/**
 * Discovers a provider and keeps its configuration fresh: it is read again in the background, and at once when one of its
 * endpoints is gone or redirects. Endpoints and keys change together, or not at all.
 *
 * @throws {@link OidcError} As {@link discoverProvider}, if the first reading fails.
 */
export async function freshProvider(
  options: DiscoveryOptions,
  fetch: Fetch,
  { every, onRead, onFailure }: Freshness,
): Promise<FreshProvider> {
  let reading: Promise<void> | undefined
  let readAt = performance.now()
  let stopped = false
  let current: Provider | undefined
  const first = await discoverProvider(
    options,
    watchEndpoints(fetch, () => current?.metadata, readIfMoved),
  )
  current = first
  const fresh = { current: first }
  let timer: NodeJS.Timeout | undefined

  function readIfMoved(): void {
    if (performance.now() - readAt >= AT_LEAST) read()
  }

  function read(): void {
    if (stopped) return
    reading ??= readAgain().finally(() => {
      reading = undefined
    })
  }

  async function readAgain(): Promise<void> {
    readAt = performance.now()
    try {
      const found = await rediscover(options, fresh.current)
      if (stopped) return
      const members = changedMembers(fresh.current.metadata, found.metadata)
      fresh.current = found
      current = found
      onRead(members)
    } catch (error) {
      onFailure(error as OidcError, every ?? AT_LEAST) // the only kind that discovery and keys throw
    }
  }

  return {
    get current() {
      return fresh.current
    },
    start() {
      if (every !== undefined) timer = setInterval(read, every * (0.9 + Math.random() / 10)).unref()
    },
    async stop() {
      stopped = true
      clearInterval(timer)
      await reading
    },
  }
}

/** The provider with its newest configuration, once its keys have been read; the same one if nothing has changed. */
async function rediscover(options: DiscoveryOptions, known: Provider): Promise<Provider> {
  const metadata = await fetchProviderMetadata(options, known.fetch)
  if (isDeepStrictEqual(metadata, known.metadata)) return known
  const keys = keyCache(metadata.jwks_uri, known.fetch)
  await keys.load()
  return { ...known, metadata, keys }
}

function changedMembers(before: ProviderMetadata, after: ProviderMetadata): readonly string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.filter(name => !isDeepStrictEqual(before[name], after[name]))
}

/** Notices answers that say that an endpoint of the configuration is not there any more (RFC 9110 §15.4, §15.5.5, §15.5.11). */
function watchEndpoints(
  fetch: Fetch,
  metadataOf: () => ProviderMetadata | undefined,
  onMoved: () => void,
): Fetch {
  const notice = (url: string, status: number | undefined): void => {
    const isMoved =
      status === 404 || status === 410 || (status !== undefined && status >= 300 && status < 400)
    if (isMoved && isEndpointOf(metadataOf(), url)) onMoved()
  }
  return async function watchedFetch(url, init) {
    try {
      const response = await fetch(url, init)
      notice(url, response.status)
      return response
    } catch (error) {
      notice(url, statusOf(error))
      throw error
    }
  }
}

function isEndpointOf(metadata: ProviderMetadata | undefined, url: string): boolean {
  const addresses = Object.values(metadata ?? {}).filter(value => typeof value === 'string')
  return addresses.some(address => URL.canParse(address) && new URL(address).href === new URL(url).href)
}
