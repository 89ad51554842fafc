import { isAbsolute } from 'node:path'
import { isInContainer, isOnVolume } from '../../stores/files/container.ts'
import type { Store } from '../../stores/store.ts'

/** What decides whether a folder is still there at the next start. */
export interface Surroundings {
  readonly isContainer: boolean
  readonly isOnVolume: (path: string) => Promise<boolean>
}

const surroundingsOfProcess = (): Surroundings => ({ isContainer: isInContainer(process.env), isOnVolume })

/** Says where the record of a new client is, and what the next start will find, as far as the store knows. */
export async function describeRecordPlace(
  { location, shared, durability }: Store,
  { isContainer, isOnVolume }: Surroundings = surroundingsOfProcess(),
): Promise<string> {
  const place = `Its record is in ${location}`
  if (durability === 'process')
    return `${place}, which ends with the process: the next start registers another client.`
  if (durability === 'temporary')
    return `${place}, a temporary folder: a start that does not find it there registers another client.`
  if (durability === undefined)
    return shared ? `${place}; every process with this store uses it.` : `${place}.`
  if (isContainer && isAbsolute(location) && !(await isOnVolume(location)))
    return `${place}, in this container and not on a volume: the next container registers another client. Mount a volume there, or set OIDC_STORE to a folder on one.`
  return `${place}; the next start reuses it.`
}
