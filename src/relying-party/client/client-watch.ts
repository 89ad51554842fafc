import { inTime } from '../../vocabulary/deadline.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { Settings } from '../options/settings.ts'
import type { Clients } from './clients.ts'

/**
 * What happens to sign-ins. One is `repeated` if the browser starts it while an earlier one has not returned. One that `failed`
 * returned with an error, which anyone can write. One has `succeeded` once the token endpoint has answered.
 */
export type SignInEvent =
  | 'login started'
  | 'login repeated'
  | 'login failed'
  | 'login succeeded'
  | 'client refused'

/** Notices that the provider no longer knows the client: a deleted client never gets an answer to a sign-in. */
export interface ClientWatch {
  readonly note: (event: SignInEvent) => void
  /** Asks the provider about the client, once at a time. Never rejects. */
  readonly probe: () => Promise<void>
  /**
   * Lets a sign-in start. It waits, for a limited time, if a probe is running or something suggests that the client is gone.
   *
   * @throws {@link OidcError} While the client is known to be refused: the user would see the provider's own error page.
   */
  readonly admit: () => Promise<void>
  /** Resolves when no probe is running. */
  readonly settled: () => Promise<void>
}

/** Sign-ins started in a row of which none returned, after which the client is probed. */
const SUSPICIOUS = 3
/** Milliseconds since the first of them: signing in takes a user some time. */
const SUSPICION_DELAY = 10_000
/** Milliseconds between two probes because of a suspicion. */
const PROBE_PAUSE = 60_000
/** Milliseconds between two probes of a client that is known to be refused. */
const RETRY_PAUSE = 1_000
/** Milliseconds for which a provider on this machine is believed to know the client still: it may be restarted at any time. */
const LOCAL_FRESH = 2_000
/** The same for a provider on another machine, which may count each refused request against the app. */
const REMOTE_FRESH = 60_000
/** Milliseconds that a sign-in waits at most for a probe that nothing but the time since the last one has caused. */
const ROUTINE_WAIT = 1_000

/** A probe that is running. */
interface Running {
  readonly probe: Promise<void>
  readonly startedAt: number
  /** Milliseconds since its start for which sign-ins wait for it. */
  wait: number
}

/** Makes the watch over the client with which sign-ins start. `report` is told how each probe ended. */
export function clientWatch(
  { isProviderLocal, providerTimeout }: Settings,
  clients: Pick<Clients, 'check' | 'record'>,
  report: (failure: OidcError | undefined) => void,
): ClientWatch {
  let unanswered = 0
  let firstAt = 0
  let suspectedAt = Number.NEGATIVE_INFINITY
  let aliveAt = performance.now()
  let refusal: OidcError | undefined
  let running: Running | undefined
  let probedAt = Number.NEGATIVE_INFINITY
  let askedAt = Number.NEGATIVE_INFINITY

  async function run(): Promise<void> {
    try {
      refusal = await clients.check(hold)
      if (!refusal) [aliveAt, unanswered] = [performance.now(), 0]
      report(refusal)
    } catch (thrown) {
      report(thrown instanceof OidcError ? thrown : new OidcError('ERR_OIDC_NOT_READY', { cause: thrown }))
    } finally {
      running = undefined
      probedAt = performance.now()
    }
  }

  function probe(wait = providerTimeout): Promise<void> {
    running ??= { probe: run(), startedAt: performance.now(), wait }
    if (wait > running.wait) hold()
    return running.probe
  }

  /** There is a reason now to let sign-ins wait longer. */
  function hold(): void {
    if (running) running.wait = providerTimeout
  }

  function suspect(isCertain: boolean): void {
    const now = performance.now()
    const isSuspicious = isCertain || (unanswered >= SUSPICIOUS && now - firstAt >= SUSPICION_DELAY)
    const before = isCertain ? suspectedAt : Math.max(suspectedAt, askedAt)
    if (!isSuspicious || now - before < PROBE_PAUSE) return
    suspectedAt = now
    void probe()
  }

  function probeIfDue(): void {
    if (refusal) {
      if (performance.now() - probedAt >= RETRY_PAUSE) void probe()
    } else if (isRoutineDue()) {
      askedAt = performance.now()
      void probe(isProviderLocal ? providerTimeout : Math.min(ROUTINE_WAIT, providerTimeout))
    }
  }

  /** A client that was made by hand at a provider on another machine is not probed: this app could not bring it back. */
  function isRoutineDue(): boolean {
    if (isProviderLocal) return performance.now() - aliveAt >= LOCAL_FRESH
    return clients.record !== undefined && performance.now() - Math.max(aliveAt, askedAt) >= REMOTE_FRESH
  }

  /** A slow probe stops nobody, unless the provider has refused the client already. */
  async function settleInTime({ probe, startedAt, wait }: Running): Promise<void> {
    const left = Math.max(1, startedAt + wait - performance.now())
    await inTime(probe, left).catch(() => undefined)
    if (running && running.wait > wait) await settleInTime(running)
  }

  return {
    probe: () => probe(),
    settled: async () => running?.probe,
    note(event) {
      if (event === 'login succeeded') {
        unanswered = 0
        aliveAt = performance.now()
        refusal = undefined
        report(undefined)
      } else if (event === 'login failed') {
        unanswered = Math.max(0, unanswered - 1) // its own start counts no more; it vouches for no other
      } else if (event === 'login started') {
        unanswered += 1
        if (unanswered === 1) firstAt = performance.now()
        suspect(false)
      } else suspect(true)
    },
    async admit() {
      probeIfDue()
      if (running) await settleInTime(running)
      if (refusal) throw refusal
    },
  }
}
