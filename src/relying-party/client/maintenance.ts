import { OidcError } from '../../vocabulary/errors.ts'
import { publish } from '../../vocabulary/events.ts'
import type { Settings } from '../options/settings.ts'
import type { SealingKeys } from '../sealing-keys.ts'
import type { StoreLosses } from '../store-losses.ts'
import { type ClientWatch, clientWatch } from './client-watch.ts'
import type { Clients } from './clients.ts'
import type { StoredProofKeys } from './proof-keys.ts'

/** Maintains a registration in the background. */
export interface Maintenance extends Pick<ClientWatch, 'note' | 'admit'> {
  /** Why the last round or probe failed, until one succeeds. */
  readonly failure: OidcError | undefined
  /** Ends it; resolves when running work has ended. */
  stop(): Promise<void>
}

/** What all replicas agree on in the store, besides the client. */
export interface Shared {
  readonly sealing: SealingKeys
  readonly proofs: StoredProofKeys
  readonly losses: StoreLosses
}

/**
 * Begins to read the record regularly, and to do what is due. Its timers keep no process alive. A client that was registered
 * before this start is probed once.
 */
export function startMaintenance(
  settings: Settings,
  clients: Clients,
  { sealing, proofs, losses }: Shared,
  isReused: boolean,
): Maintenance {
  const failures: { round?: OidcError | undefined; probe?: OidcError | undefined } = {}
  let running: Promise<void> = Promise.resolve()
  const watch = clientWatch(settings, clients, failure => report('probe', failure))
  const timer = setInterval(
    () => {
      running = running.then(round)
    },
    settings.rereadEvery * (0.9 + Math.random() / 10),
  ).unref()
  if (isReused) void watch.probe()

  async function round(): Promise<void> {
    try {
      await Promise.all([sealing.agree(), proofs.agree(), losses.look(), clients.tend()])
      report('round', undefined)
    } catch (thrown) {
      report(
        'round',
        thrown instanceof OidcError ? thrown : new OidcError('ERR_OIDC_NOT_READY', { cause: thrown }),
      )
    }
  }

  function report(kind: 'round' | 'probe', error: OidcError | undefined): void {
    if (error && failures[kind]?.message !== error.message) settings.log(error.message)
    failures[kind] = error
    if (!error) return
    settings.recent.ofBackground(error)
    publish('client.failed', { issuer: settings.issuer, name: settings.name, error })
  }

  return {
    note: watch.note,
    admit: watch.admit,
    get failure() {
      return failures.probe ?? failures.round
    },
    async stop() {
      clearInterval(timer)
      await Promise.all([running, watch.settled()])
    },
  }
}
