import { nextRotation } from '../../relying-party/client/maintenance-tasks.ts'
import type { Settings } from '../../relying-party/options/settings.ts'
import type { ClientRecord } from '../../relying-party/record/client-record-shape.ts'
import { buildTable, timeOf } from '../format.ts'

/** What the store knows about this app's registration, without secrets. */
export interface ClientReport {
  readonly issuer: string
  readonly name: string
  readonly store: string
  readonly clientId: string | undefined
  readonly generation: number | undefined
  readonly registeredAt: string | undefined
  /** When the credentials last changed; `undefined` if they never did. */
  readonly rotatedAt: string | undefined
  readonly nextRotationAt: string | undefined
  readonly retiring: readonly { readonly clientId: string; readonly until: string }[]
  /** The start of a registration that was never answered. */
  readonly unansweredSince: string | undefined
}

/** Builds the report on a record. */
export function buildReport(
  settings: Settings,
  { current, retiring = [], pending }: ClientRecord,
): ClientReport {
  const next = current && nextRotation(current, settings)
  return {
    issuer: settings.issuer,
    name: settings.name,
    store: settings.store.location,
    clientId: current?.clientId,
    generation: current?.generation,
    registeredAt: current && timeOf(current.registeredAt),
    rotatedAt: current && current.rotatedAt !== current.registeredAt ? timeOf(current.rotatedAt) : undefined,
    nextRotationAt: next === undefined ? undefined : timeOf(next),
    retiring: retiring.map(({ clientId, until }) => ({ clientId, until: timeOf(until) })),
    unansweredSince: pending && timeOf(pending.begunAt),
  }
}

/** The lines of a report. */
export function reportLines(report: ClientReport): string[] {
  const { clientId, registeredAt, rotatedAt, retiring, unansweredSince } = report
  return buildTable({
    client: clientId,
    name: report.name,
    issuer: report.issuer,
    store: report.store,
    registered: registeredAt,
    rotated: clientId && (rotatedAt ?? 'never'),
    generation: report.generation?.toString(),
    'next rotation': clientId && (report.nextRotationAt ?? 'never'),
    retiring: retiring.map(old => `${old.clientId} until ${old.until}`).join(', ') || undefined,
    unanswered:
      unansweredSince && `the registration of ${unansweredSince}; the provider may have created a client`,
  })
}
