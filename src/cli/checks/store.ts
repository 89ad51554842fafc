import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { Settings } from '../../relying-party/options/settings.ts'
import { type Finding, failed, passed, skipped, warning } from '../finding.ts'
import { failureOf } from '../format.ts'
import type { Examination } from './check.ts'
import { isInContainer, isOnVolume } from './container.ts'

/** A key that the embedded store keeps in a file, and that is always the same one, so that no run leaves more behind. */
const KEY = 'lease:doctor'
const LIFETIME = 60_000

/** Whether the store keeps what it is given, and what kind of store it is. */
export async function checkStore({ settings, terminal }: Examination): Promise<readonly Finding[]> {
  const { store } = settings
  const trip = await roundTrip(settings)
  if (store.shared)
    return [trip, passed('replicas', `Every replica that uses ${store.location} shares one client.`)]
  if (!store.location.startsWith('/') && !/^[A-Z]:\\/i.test(store.location))
    return [
      trip,
      skipped(
        'replicas',
        `The record is in ${store.location}: the command line does not see that of the app.`,
      ),
    ]
  const local = `The record is on this machine alone (${store.location}).`
  return [
    trip,
    passed('replicas', `${local} Several replicas need store: redisStore(client), or postgresStore(pool).`),
    ...(await checkVolume(settings, terminal.environment)),
  ]
}

async function roundTrip({ store }: Settings): Promise<Finding> {
  const fix =
    'options.store; for the embedded store OIDC_STORE: a folder that the user who runs the app can write'
  const begin = performance.now()
  try {
    const version = await store.set(KEY, randomUUID(), { ttl: LIFETIME })
    const found = await store.get(KEY)
    await store.delete(KEY, version === undefined ? {} : { ifVersion: version })
    const time = Math.round(performance.now() - begin)
    if (version !== undefined && found)
      return passed('store', `The store in ${store.location} keeps what it is given (${time} ms).`)
    return failed('store', `The store in ${store.location} does not keep what it is given.`, fix)
  } catch (error) {
    return failed('store', failureOf(error).message, fix)
  }
}

async function checkVolume(
  { store: { location } }: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Finding[]> {
  if (!isInContainer(environment) || (await isOnVolume(location))) return []
  const sentence = `This is a container and ${location} is on no volume: each deployment registers the app anew.`
  return [
    warning(
      'volume',
      sentence,
      `a volume for ${location}, such as docker run -v oidc:${location}, or OIDC_STORE=a folder on one`,
    ),
  ]
}
