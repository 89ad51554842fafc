import type { Settings } from '../../relying-party/options/settings.ts'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { type AppSessions, appSessions } from '../login/session-store.ts'
import { type IndexReturns, indexReturns } from './index-returns.ts'
import { type LoginWatches, loginWatches } from './login-watches.ts'

/** The logins of one relying party: what it takes to end them, and to notice that they have ended. */
export interface Logins {
  readonly settings: Settings
  readonly sessions: AppSessions
  readonly watches: LoginWatches
  readonly returns: IndexReturns
  /** Ids of logins whose first session is being saved. No logout can have ended them: none finds them yet. */
  readonly beginning: Set<string>
  /** Sessions that were written while their logins' marks could not be read. They are checked again later. */
  readonly uncertain: Set<string>
}

/** Makes what this process keeps about the logins of one relying party. */
export function buildLogins(rp: Pick<RelyingParty, 'settings' | 'lostBefore'>): Logins {
  const { settings } = rp
  return Object.freeze({
    settings,
    sessions: appSessions(settings),
    watches: loginWatches(settings),
    returns: indexReturns(rp),
    beginning: new Set<string>(),
    uncertain: new Set<string>(),
  })
}
