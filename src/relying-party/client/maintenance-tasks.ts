import { ASSERTION_LIFETIME } from '../../protocol/provider/client-authentication.ts'
import { secretExpiry, usesSecret } from '../../protocol/registration/client-information.ts'
import { tryLease } from '../../stores/lease.ts'
import { CLOCK_TOLERANCE } from '../../vocabulary/clock-tolerance.ts'
import type { Settings } from '../options/settings.ts'
import {
  type ClientRecord,
  clientLease,
  type GrantedClient,
  type ReadyRecord,
  type RetiringClient,
  readClientRecord,
} from './client-record.ts'
import { bindRegistrar, type Registrar } from './registrar.ts'
import { deleteRetired } from './replace-client.ts'
import { dropFormerKeys, rotateCredentials } from './rotate-credentials.ts'

/** What has to be done for a registration now. */
export type Duty =
  | { readonly kind: 'rotate' }
  | { readonly kind: 'drop-keys'; readonly client: GrantedClient; readonly replacedBefore: number }
  | { readonly kind: 'delete'; readonly client: RetiringClient }

const DAY = 86_400_000
/** Milliseconds that credentials are used at least, whatever the provider says of their end. */
const SHORTEST_LIFE = 300_000

/** What is due. */
export function dueDuties({ current, retiring = [] }: ClientRecord, settings: Settings, now: number): Duty[] {
  const duties: Duty[] = retiring
    .filter(({ until }) => until <= now)
    .map(client => ({ kind: 'delete', client }))
  if (!current) return duties
  const replacedBefore = now - overlap(settings)
  const hasOldKeys = current.formerKeys?.some(({ replacedAt }) => replacedAt < replacedBefore) ?? false
  if (hasOldKeys) duties.push({ kind: 'drop-keys', client: current, replacedBefore })
  const due = nextRotation(current, settings)
  if (due !== undefined && due <= now) duties.push({ kind: 'rotate' })
  return duties
}

/** Milliseconds since 1970 when the credentials are renewed, or `undefined` if they are not. */
export function nextRotation(
  { granted, privateKey, rotatedAt, registeredAt }: GrantedClient,
  { rotateEvery }: Settings,
): number | undefined {
  if (!privateKey && !usesSecret(granted)) return undefined // a public client has nothing to renew
  const scheduled = rotateEvery === undefined ? Number.POSITIVE_INFINITY : rotatedAt + rotateEvery
  const since = Math.max(rotatedAt, registeredAt)
  const told = usesSecret(granted) ? secretExpiry(granted) : undefined
  const expires = told !== undefined && told > since ? told : undefined // one that is over before it begins is a wrong clock
  const early =
    expires !== undefined
      ? Math.max(since + SHORTEST_LIFE, since + 0.8 * (expires - since), expires - DAY)
      : Number.POSITIVE_INFINITY
  const due = Math.min(scheduled, early)
  return Number.isFinite(due) ? due : undefined
}

/** How long a key stays registered after it was replaced: until every replica has read the record twice, and its last assertion is over. */
function overlap({ rereadEvery }: Settings): number {
  return 2 * rereadEvery + (ASSERTION_LIFETIME + CLOCK_TOLERANCE) * 1_000
}

/**
 * Does what is due, if no other process is at it. Each thing is done on the record as it then is, and one that fails does not
 * keep the others from being done. Returns whether anything was done.
 */
export async function doDuties(registrar: Registrar, record: ReadyRecord): Promise<boolean> {
  const { settings } = registrar
  if (dueDuties(record, settings, Date.now()).length === 0) return false
  let failure: unknown
  const done = await tryLease(settings, clientLease(settings), async bind => {
    const kinds = dueDuties((await readClientRecord(settings)).record, settings, Date.now()).map(keyOf)
    for (const key of kinds) {
      const due = dueDuties((await readClientRecord(settings)).record, settings, Date.now())
      const duty = due.find(candidate => keyOf(candidate) === key)
      if (duty)
        await doDuty(bindRegistrar(registrar, bind), duty).catch(error => {
          failure ??= error
        })
    }
  })
  if (failure !== undefined) throw failure
  return done !== undefined
}

function keyOf(duty: Duty): string {
  return duty.kind === 'rotate' ? duty.kind : `${duty.kind} ${duty.client.clientId}`
}

async function doDuty(registrar: Registrar, duty: Duty): Promise<void> {
  if (duty.kind === 'delete') await deleteRetired(registrar, duty.client)
  else if (duty.kind === 'drop-keys') await dropFormerKeys(registrar, duty.client, duty.replacedBefore)
  else await rotateCredentials(registrar)
}
