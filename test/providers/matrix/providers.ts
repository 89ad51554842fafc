import type { FlowName } from './flow-names.ts'

/** The providers of the suite, in the order of its table. */
export const providerNames = [
  'hydra',
  'keycloak',
  'oidc-provider',
  'oidc-provider FAPI 2.0',
  'scripted Hydra',
  'scripted provider',
] as const

export type ProviderName = (typeof providerNames)[number]

/** What the flows need to know of a provider. */
interface ProviderFacts {
  /** Gives refresh tokens, if this scope is asked for too. */
  readonly refreshScope: string
  /** Cells that cannot exist, and why. */
  /** Signs its user in without asking, even after a sign-out. */
  readonly asksNothing?: boolean
  readonly impossible: Partial<Record<FlowName, string>>
}

const noAdministrator = 'oidc-provider is a library: nobody can end a session there but the user'
const noPost = 'oidc-provider takes a sign-out by GET only, unless enableHttpPostMethods is set'
const noPages = 'the scripted provider asks nothing: it signs one user in at once'
const noSessions = 'the scripted provider has no sessions that apps share'

export const facts: Readonly<Record<ProviderName, ProviderFacts>> = {
  hydra: { refreshScope: 'offline_access', impossible: {} },
  keycloak: { refreshScope: '', impossible: {} },
  'oidc-provider': {
    refreshScope: 'offline_access',
    impossible: {
      'is told when an administrator ends the session': noAdministrator,
      'signs out by form': noPost,
    },
  },
  'oidc-provider FAPI 2.0': {
    refreshScope: 'offline_access',
    impossible: {
      'is told when an administrator ends the session': noAdministrator,
      'signs out by form': noPost,
    },
  },
  'scripted Hydra': { refreshScope: 'offline_access', impossible: {} },
  'scripted provider': {
    asksNothing: true,
    refreshScope: 'offline_access',
    impossible: {
      'says so when consent is denied': noPages,
      'is told when the user signs out of another app': noSessions,
      'is told when an administrator ends the session': noSessions,
    },
  },
}
