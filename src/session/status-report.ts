import type { RecentError } from '../relying-party/options/recent-errors.ts'
import type { Tally } from '../relying-party/options/tally.ts'
import type { OidcErrorCode } from '../vocabulary/errors.ts'
import type { StoreReport } from './store-checks.ts'

/**
 * What `handlers.status` answers as JSON. Contains no secret, and of users only numbers. Times are in ISO 8601, in UTC.
 *
 * @example
 * ```ts
 * import type { StatusReport } from 'express-oidc-rp'
 *
 * const response = await fetch('http://127.0.0.1:9090/status')
 * const { problems } = (await response.json()) as StatusReport
 * if (problems.length > 0) console.error(problems.join('\n'))
 * ```
 */
export interface StatusReport {
  /** When this report was made. */
  readonly reportedAt: string
  /** What this process knows to be wrong, in sentences for operators. Empty if it knows of nothing. */
  readonly problems: readonly string[]
  /** What all replicas share. This process read it from the store at most `rereadEvery` ago. */
  readonly app: AppReport
  /** What is only about this process. */
  readonly process: ProcessReport
}

/** The provider and the client, which all replicas share. */
interface AppReport {
  /** The provider's Issuer Identifier. */
  readonly issuer: string
  /** How many tenants of the provider may sign in, or `function` if a function decides. Only for an issuer with a placeholder. */
  readonly tenants?: number | 'function'
  /** The app's public addresses, the main one first. */
  readonly baseUrls: readonly string[]
  /** The option `name`. */
  readonly name: string
  /** Whether the app registers its client itself. Otherwise the client was made by hand. */
  readonly isRegistered: boolean
  /** The client that new sign-ins use; absent until there is one. */
  readonly clientId?: string | undefined
  /** Counts the sets of credentials: 1 after the first registration. Absent for a client that was made by hand, as are the times. */
  readonly generation?: number | undefined
  /** When the client was registered. */
  readonly registeredAt?: string | undefined
  /** When the credentials last changed. */
  readonly rotatedAt?: string | undefined
  /** When they change next, unless the provider refuses them earlier. */
  readonly nextRotationAt?: string | undefined
  /** Replaced clients that still serve their last sessions, each until the time given. */
  readonly retiring: readonly { readonly clientId: string; readonly until: string }[]
}

/** What one process sees, has counted and remembers. */
interface ProcessReport {
  /** As `status().state`. */
  readonly state: 'starting' | 'ready' | 'failing' | 'closed'
  /** The name of the machine, container or pod. */
  readonly host: string
  /** The process id. */
  readonly pid: number
  /** When this process made the relying party. It has counted and remembered since then. */
  readonly startedAt: string
  /** Why the last attempt to become ready, or to maintain the registration, failed. Absent if it succeeded. */
  readonly lastError?: { readonly code: OidcErrorCode; readonly sentence: string } | undefined
  /** How the last requests to the provider ended. No request is made for this report. */
  readonly provider: {
    /** When the provider last answered with a status below 500. */
    readonly lastAnswerAt?: string | undefined
    /** When it last did not. */
    readonly lastFailureAt?: string | undefined
    /** Which host did not answer, and why. */
    readonly lastFailure?: string | undefined
  }
  /** The stores, each read once for this report, for at most 2 seconds. */
  readonly stores: {
    /** The library's own: client record, tokens, index of logins. */
    readonly records: StoreReport
    /** That of express-session. */
    readonly sessions: StoreReport
  }
  /** What was counted. The stores keep no total of sessions, and counting would read every one. */
  readonly sessions: Readonly<Tally> & {
    /** Logins that open connections depend on, such as WebSockets. */
    readonly watchedLogins: number
    /** Sessions that were written while it could not be read whether their logins had ended. They are checked every 2 seconds. */
    readonly uncheckedSessions: number
  }
  /** The last errors, the newest first: at most 20 kinds. */
  readonly errors: readonly ErrorReport[]
}

/** Errors of one kind. */
interface ErrorReport extends Pick<RecentError, 'code' | 'sentence' | 'count' | 'reference'> {
  /** When the newest one happened. `reference` finds it in the log. */
  readonly at: string
}
