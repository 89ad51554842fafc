import type { OidcError } from '../vocabulary/errors.ts'
import type { Clients } from './client/clients.ts'
import type { Maintenance } from './client/maintenance.ts'
import { nextRotation } from './client/maintenance-tasks.ts'
import type { Settings } from './options/settings.ts'

/**
 * The state of a relying party, for a health endpoint. Contains no secret. Times are `Date` objects.
 *
 * @example
 * ```ts
 * const rp = relyingParty({ issuer: 'https://op.example', baseUrl: 'https://app.example' })
 * app.get('/health', (req, res) => res.status(rp.status().state === 'ready' ? 200 : 503).json(rp.status()))
 * ```
 */
export interface RelyingPartyStatus {
  /** `failing`: the last attempt to discover the provider and to register failed; it is repeated. */
  readonly state: 'starting' | 'ready' | 'failing' | 'closed'
  /** The provider's Issuer Identifier. */
  readonly issuer: string
  /** The client that new sign-ins use; `undefined` until there is one. */
  readonly clientId: string | undefined
  /** Counts the sets of credentials that this app has had: 1 after the first registration. */
  readonly generation: number | undefined
  /** When that client was registered. `undefined` for a client that was made by hand. */
  readonly registeredAt: Date | undefined
  /** When the credentials last changed. */
  readonly rotatedAt: Date | undefined
  /** When they change next, unless the provider refuses them earlier. */
  readonly nextRotationAt: Date | undefined
  /** Replaced clients that still serve their last sessions, each until the time given. */
  readonly retiring: readonly { readonly clientId: string; readonly until: Date }[]
  /** Why the last attempt to become ready, or to maintain the registration, failed. `undefined` if it succeeded. */
  readonly lastError: OidcError | undefined
}

interface Facts {
  readonly closed: boolean
  readonly failure: OidcError | undefined
  readonly established: { readonly clients: Clients; readonly maintenance: Maintenance } | undefined
}

/** Builds the answer of `status()`. */
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
    lastError: established ? established.maintenance.failure : failure,
  }
}

function dateOf(milliseconds: number | undefined): Date | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds)
}
