import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { Settings } from '../../relying-party/options/settings.ts'
import { isInContainer, isOnVolume } from '../../stores/files/container.ts'
import { failureOf } from '../format.ts'
import type { CheckContext } from './check.ts'
import { type Finding, failed, passed, skipped, warning } from './finding.ts'

/** The embedded store keeps this key in a file. It never changes, so that no run leaves another file behind. */
const KEY = 'lease:doctor'
/** Seconds. */
const LIFETIME = 60

/** Whether the store keeps what is written to it, and whether replicas share it. */
export async function checkStore({ settings, terminal }: CheckContext): Promise<readonly Finding[]> {
  const { store } = settings
  const written = await roundTrip(settings)
  if (store.shared)
    return [written, passed('replicas', `Every replica that uses ${store.location} shares the same client.`)]
  if (!store.location.startsWith('/') && !/^[A-Z]:\\/i.test(store.location))
    return [
      written,
      skipped(
        'replicas',
        `The record is in ${store.location}, where the command line cannot see the record of the app.`,
      ),
    ]
  const local = `The record is only on this machine (${store.location}).`
  return [
    written,
    passed(
      'replicas',
      `${local} Several replicas need store: redisStore(client) or store: postgresStore(pool).`,
    ),
    ...(await checkVolume(settings, terminal.environment)),
  ]
}

async function roundTrip({ store }: Settings): Promise<Finding> {
  const fix =
    'Change options.store; for the embedded store, set OIDC_STORE to a folder that the app can write to'
  const begin = performance.now()
  try {
    const version = await store.set(KEY, randomUUID(), { lifetime: LIFETIME })
    const found = await store.get(KEY)
    await store.delete(KEY, version === undefined ? {} : { ifVersion: version })
    const time = Math.round(performance.now() - begin)
    if (version !== undefined && found)
      return passed('store', `The store in ${store.location} keeps what is written to it (${time} ms).`)
    return failed('store', `The store in ${store.location} does not keep what is written to it.`, fix)
  } catch (error) {
    return failed('store', failureOf(error).message, fix)
  }
}

async function checkVolume(
  { store: { location } }: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Finding[]> {
  if (!isInContainer(environment) || (await isOnVolume(location))) return []
  const sentence = `This is a container and ${location} is not on a volume: each deployment registers the app again.`
  return [
    warning(
      'volume',
      sentence,
      `Mount a volume at ${location}, as with docker run -v oidc:${location}, or set OIDC_STORE to a folder on a volume`,
    ),
  ]
}
