/** The flows of the suite, in the order of its table. */
export const flowNames = [
  'registers with the usual options',
  'registers itself once and reuses its client',
  'two replicas register one client',
  'signs in and tells who the user is',
  'signs in in two tabs',
  'says so when consent is denied',
  'refreshes an access token',
  'signs out by redirect',
  'signs out by form',
  'is told when the user signs out of another app',
  'is told when an administrator ends the session',
] as const

export type FlowName = (typeof flowNames)[number]
