import { OidcError } from '../../vocabulary/errors.ts'
import { publish } from '../../vocabulary/events.ts'
import type { Settings } from '../options/settings.ts'
import type { SealingKeys } from '../sealing-keys.ts'
import type { Clients } from './clients.ts'

/** Looks after a registration in the background. */
export interface Tending {
  /** Counts sign-ins. Where many are begun and none comes back, the provider may have forgotten the client. */
  note(event: 'login started' | 'login returned'): void
  /** Why the last round failed, until one succeeds. */
  readonly failure: OidcError | undefined
  /** Ends it; resolves when what is running has ended. */
  stop(): Promise<void>
}

/** Sign-ins begun in a row without one that came back, after which the client is probed. */
const SUSPICIOUS = 3
/** Milliseconds since the first of them: somebody who signs in takes a moment. */
const PATIENCE = 10_000
/** Milliseconds between two probes. */
const PROBE_PAUSE = 60_000

/** Begins to read the record again and again, and to do what is due. Its timers keep no process alive. */
export function startTending(settings: Settings, clients: Clients, sealing: SealingKeys): Tending {
  const failures: { round?: OidcError | undefined; probe?: OidcError | undefined } = {}
  let running: Promise<void> = Promise.resolve()
  let unanswered = 0
  let firstAt = 0
  let probedAt = 0
  const timer = setInterval(
    () => {
      running = running.then(() => attempt('round', () => Promise.all([sealing.agree(), clients.tend()])))
    },
    settings.rereadEvery * (0.9 + Math.random() / 10),
  ).unref()

  async function attempt(kind: 'round' | 'probe', work: () => Promise<unknown>): Promise<void> {
    try {
      await work()
      failures[kind] = undefined
    } catch (thrown) {
      const error =
        thrown instanceof OidcError ? thrown : new OidcError('ERR_OIDC_NOT_READY', { cause: thrown })
      if (failures[kind]?.message !== error.message) settings.log(error.message)
      failures[kind] = error
      publish('client.failed', { issuer: settings.issuer, name: settings.name, error })
    }
  }

  function suspect(): void {
    unanswered += 1
    if (unanswered === 1) firstAt = Date.now()
    const isSuspicious = unanswered >= SUSPICIOUS && Date.now() - firstAt >= PATIENCE
    if (!isSuspicious || Date.now() - probedAt < PROBE_PAUSE) return
    probedAt = Date.now()
    running = running.then(() => attempt('probe', async () => clients.heal(await clients.current())))
  }

  return {
    note(event) {
      if (event === 'login started') return suspect()
      unanswered = 0
      failures.probe = undefined
    },
    get failure() {
      return failures.probe ?? failures.round
    },
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}
