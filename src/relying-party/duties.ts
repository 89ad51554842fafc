import { secretExpiry } from '../protocol/granted-client.ts'
import {
  type ClientRecord,
  type GrantedClient,
  type RetiringClient,
  readClientRecord,
} from './client-record.ts'
import { tryLease } from './lease.ts'
import { bindRegistrar, type ReadyRecord, type Registrar } from './registrar.ts'
import { deleteRetired } from './replacing.ts'
import { dropFormerKeys, rotateCredentials } from './rotating.ts'
import type { Settings } from './settings.ts'

/** What has to be done for a registration now. */
export type Duty =
  | { readonly kind: 'rotate' }
  | { readonly kind: 'drop-keys'; readonly client: GrantedClient; readonly replacedBefore: number }
  | { readonly kind: 'delete'; readonly client: RetiringClient }

/** Seconds that an assertion is good for, and by which clocks may differ. */
const ASSERTION_LIFETIME = 60
const CLOCK_TOLERANCE = 30
const DAY = 86_400_000

/** What is due first, or `undefined`. */
export function nextDuty(
  { current, retiring = [] }: ClientRecord,
  settings: Settings,
  now: number,
): Duty | undefined {
  const over = retiring.find(({ until }) => until <= now)
  if (over) return { kind: 'delete', client: over }
  if (!current) return undefined
  const replacedBefore = now - overlap(settings)
  if (current.formerKeys?.some(({ replacedAt }) => replacedAt < replacedBefore))
    return { kind: 'drop-keys', client: current, replacedBefore }
  const due = nextRotation(current, settings)
  return due !== undefined && due <= now ? { kind: 'rotate' } : undefined
}

/** Milliseconds since 1970 when the credentials are renewed, or `undefined` if they are not. */
export function nextRotation(
  { granted, rotatedAt, registeredAt }: GrantedClient,
  { rotateEvery }: Settings,
): number | undefined {
  const scheduled = rotateEvery === undefined ? Number.POSITIVE_INFINITY : rotatedAt + rotateEvery
  const expires = secretExpiry(granted)
  const since = Math.max(rotatedAt, registeredAt)
  const early =
    expires !== undefined
      ? Math.max(since + 0.8 * (expires - since), expires - DAY)
      : Number.POSITIVE_INFINITY
  const due = Math.min(scheduled, early)
  return Number.isFinite(due) ? due : undefined
}

/** How long a key stays registered after it was replaced: until every replica has read the record twice, and its last assertion is over. */
function overlap({ rereadEvery }: Settings): number {
  return 2 * rereadEvery + (ASSERTION_LIFETIME + CLOCK_TOLERANCE) * 1_000
}

/** Does what is due, one thing after the other, if no other process is at it. Returns whether anything was done. */
export async function doDuties(registrar: Registrar, record: ReadyRecord): Promise<boolean> {
  if (!nextDuty(record, registrar.settings, Date.now())) return false
  const done = await tryLease(registrar.settings, async bind => {
    for (let count = 0; ; count += 1) {
      const { record: latest } = await readClientRecord(registrar.settings)
      const duty = nextDuty(latest, registrar.settings, Date.now())
      if (!duty) return count > 0
      await doDuty(bindRegistrar(registrar, bind), duty)
    }
  })
  return done?.result ?? false
}

async function doDuty(registrar: Registrar, duty: Duty): Promise<void> {
  if (duty.kind === 'delete') await deleteRetired(registrar, duty.client)
  else if (duty.kind === 'drop-keys') await dropFormerKeys(registrar, duty.client, duty.replacedBefore)
  else await rotateCredentials(registrar)
}
