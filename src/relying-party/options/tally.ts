/** What one relying party has done in this process. Counted where it happens. */
export interface Tally {
  /** Users who signed in. */
  signIns: number
  /** Access tokens that were renewed. */
  refreshes: number
  /** Sign-outs that the provider reported. */
  providerLogouts: number
  /** Logins that were ended, for whatever reason but their time. */
  endedLogins: number
}

/** Makes a tally of nothing yet. */
export function startTally(): Tally {
  return { signIns: 0, refreshes: 0, providerLogouts: 0, endedLogins: 0 }
}
