import type { Settings } from '../options/settings.ts'
import type { ClientRecord, GrantedClient } from './client-record-shape.ts'

/** Milliseconds for which a running replica of an earlier release says in advance that it needs its registration. */
export const ANNOUNCED = 3_600_000
/** Milliseconds for which a retired client outlives the last of its sessions. */
const GRACE = 600_000

/** When the last of the sessions that exist now is over, in milliseconds since 1970. */
export function endOfSessions({ absoluteLifetime }: Settings): number {
  return Date.now() + absoluteLifetime + GRACE
}

/**
 * The record with times that can be right: none that is past by its meaning lies ahead, and no end lies further ahead than any can.
 * A clock that is set ahead does not bring closer what limits registrations, or removes what other replicas may still use.
 */
export function believeTimes<Record extends ClientRecord>(
  record: Record,
  { since, steadySince, absoluteLifetime }: Settings,
): Record {
  const span = absoluteLifetime + GRACE
  const before = (until: number, most = span): number => steadySince(until - most) + most
  const client = <Client extends GrantedClient>(found: Client): Client => ({
    ...found,
    registeredAt: since(found.registeredAt),
    rotatedAt: since(found.rotatedAt),
    ...(found.repairedAt !== undefined && { repairedAt: since(found.repairedAt) }),
    ...(found.nextKeyAt !== undefined && { nextKeyAt: since(found.nextKeyAt) }),
    ...(found.formerKeys && {
      formerKeys: found.formerKeys.map(former => ({ ...former, replacedAt: steadySince(former.replacedAt) })),
    }),
  })
  const { current, retiring, pending, refused, superseded, healedAt } = record
  return {
    ...record,
    ...(current && { current: client(current) }),
    ...(retiring && { retiring: retiring.map(one => ({ ...client(one), until: before(one.until) })) }),
    ...(pending && { pending: { ...pending, begunAt: steadySince(pending.begunAt) } }),
    ...(refused && { refused: refused.map(one => ({ ...one, at: steadySince(one.at) })) }),
    ...(superseded && {
      superseded: superseded.map(one => ({
        ...one,
        at: steadySince(one.at),
        ...(one.draining && {
          draining: { ...one.draining, until: before(one.draining.until, span + ANNOUNCED) },
        }),
      })),
    }),
    ...(healedAt && { healedAt: healedAt.map(steadySince) }),
  }
}
