import type { ClientMetadata } from '../../vocabulary/oauth2-client.ts'
import type { Settings } from '../options/settings.ts'
import { buildAskedHash, changeClientRecord } from './client-record.ts'
import type { ClientRecord, SupersededAsk } from './client-record-shape.ts'
import { ANNOUNCED, endOfSessions } from './record-times.ts'
import type { Registrar } from './registrar.ts'
import { withThoseOf } from './replacement.ts'
import { withoutNull } from './requested-metadata.ts'

/** How many earlier asks a record remembers. */
const MOST_SUPERSEDED = 10

/** Notes what the current client was asked for, which something else takes the place of now. */
export function supersede(record: ClientRecord, asked: string, settings: Settings): ClientRecord {
  const before = record.current
  if (!before || before.asked === asked) return record
  const others = (record.superseded ?? []).filter(
    earlier => earlier.asked !== asked && earlier.asked !== before.asked,
  )
  const draining = before.needs && { needs: before.needs, until: endOfSessions(settings) }
  const noted = { asked: before.asked, at: Date.now(), ...(draining && { draining }) }
  return { ...record, superseded: limited([...others, noted]) }
}

/** What falls off the list is needed for as long as what follows it. */
function limited(superseded: readonly SupersededAsk[]): readonly SupersededAsk[] {
  const [oldest, next, ...others] = superseded
  if (superseded.length <= MOST_SUPERSEDED || !oldest || !next) return superseded
  if (!oldest.draining) return [next, ...others]
  return [{ ...next, draining: joinDraining([oldest.draining, next.draining ?? oldest.draining]) }, ...others]
}

function joinDraining(all: readonly Draining[]): Draining {
  return {
    needs: joinNeeds(all.map(({ needs }) => needs)),
    until: Math.max(...all.map(({ until }) => until)),
  }
}

type Draining = NonNullable<SupersededAsk['draining']>

function joinNeeds(all: readonly ClientMetadata[]): ClientMetadata {
  return all.reduce((joined, needs) => withoutNull(withThoseOf(joined, needs)), {})
}

/** What earlier releases needed that are over, and what is still needed. */
export interface DrainedNeeds {
  readonly over: ClientMetadata
  readonly needed: ClientMetadata
}

/** Finds what can be removed from the current client; `undefined` if no earlier release is over. */
export function findDrained(
  { current, superseded = [] }: ClientRecord,
  now: number,
): DrainedNeeds | undefined {
  const draining = superseded.flatMap(({ draining: one }) => (one ? [one] : []))
  const needsWhere = (isOver: boolean): ClientMetadata[] =>
    draining.filter(({ until }) => until <= now === isOver).map(({ needs }) => needs)
  const over = needsWhere(true)
  if (!current?.needs || over.length === 0) return undefined
  return { over: joinNeeds(over), needed: joinNeeds([...needsWhere(false), current.needs]) }
}

/** Forgets what releases needed that are over. */
export function withoutDrained(record: ClientRecord, now: number): ClientRecord {
  const superseded = (record.superseded ?? []).map(({ draining, ...ask }) =>
    draining && draining.until > now ? { ...ask, draining } : ask,
  )
  return { ...record, superseded }
}

/** A replica of an earlier release says that it still runs, so that what it needs stays registered. */
export async function announceRelease({ settings, asked }: Registrar, record: ClientRecord): Promise<void> {
  const own = buildAskedHash(asked)
  if (!announce(record, own, settings)) return
  await changeClientRecord(settings, latest => announce(latest, own, settings))
}

function announce(record: ClientRecord, own: string, settings: Settings): ClientRecord | undefined {
  const { superseded = [] } = record
  const end = endOfSessions(settings)
  const isShort = ({ asked, draining }: SupersededAsk): boolean =>
    asked === own && draining !== undefined && draining.until < end
  if (!superseded.some(isShort)) return undefined
  return {
    ...record,
    superseded: superseded.map(ask =>
      isShort(ask) && ask.draining ? { ...ask, draining: { ...ask.draining, until: end + ANNOUNCED } } : ask,
    ),
  }
}
