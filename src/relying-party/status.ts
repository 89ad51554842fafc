import type { OidcError } from '../vocabulary/errors.ts'
import type { Clients } from './client/clients.ts'
import type { Tending } from './client/maintenance.ts'
import { nextRotation } from './client/maintenance-tasks.ts'
import type { Settings } from './options/settings.ts'

/** What an operator may want to know. Holds no secret. */
export interface RelyingPartyStatus {
  readonly state: 'starting' | 'ready' | 'failing' | 'closed'
  readonly issuer: string
  readonly clientId: string | undefined
  /** Counts the sets of credentials that this app has had. */
  readonly generation: number | undefined
  readonly registeredAt: Date | undefined
  /** When the credentials last changed. */
  readonly rotatedAt: Date | undefined
  /** When they change next, unless the provider refuses them before. */
  readonly nextRotationAt: Date | undefined
  /** Clients that still serve their last sessions. */
  readonly retiring: readonly { readonly clientId: string; readonly until: Date }[]
  /** Why the last attempt to become ready, or to look after the registration, failed. */
  readonly lastError: OidcError | undefined
}

interface Facts {
  readonly closed: boolean
  readonly failure: OidcError | undefined
  readonly established: { readonly clients: Clients; readonly tending: Tending } | undefined
}

/** Says how a relying party is. */
export function buildStatus(settings: Settings, { closed, failure, established }: Facts): RelyingPartyStatus {
  const { current, retiring = [] } = established?.clients.record ?? {}
  const next = current && nextRotation(current, settings)
  return {
    state: closed ? 'closed' : established ? 'ready' : failure ? 'failing' : 'starting',
    issuer: settings.issuer,
    clientId: current?.clientId ?? (established ? settings.client?.clientId : undefined),
    generation: current?.generation,
    registeredAt: dateOf(current?.registeredAt),
    rotatedAt: dateOf(current?.rotatedAt),
    nextRotationAt: dateOf(next),
    retiring: retiring.map(({ clientId, until }) => ({ clientId, until: new Date(until) })),
    lastError: established ? established.tending.failure : failure,
  }
}

function dateOf(milliseconds: number | undefined): Date | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds)
}
