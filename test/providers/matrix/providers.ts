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
  /** Gives refresh tokens only after a consent each time. */
  readonly needsConsentToRefresh?: boolean
  /** Cells that cannot exist, and why. */
  /** Signs its user in without asking, even after a sign-out. */
  readonly asksNothing?: boolean
  /** Its answers have no `Date`, so that an app can suspect a clock and not measure it. */
  readonly hidesItsClock?: boolean
  /** Signs ID tokens, and the UserInfo if asked to. */
  readonly signingAlgorithm: 'RS256' | 'PS256'
  /** The claim that holds the roles. */
  readonly rolesAt: string
  readonly impossible: Partial<Record<FlowName, string>>
}

const noAdministrator = 'oidc-provider is a library: nobody can end a session there but the user'
const noPost = 'oidc-provider takes a sign-out by GET only, unless enableHttpPostMethods is set'
const noDisabling = 'this provider knows no disabled clients'
const noSecret = 'its FAPI 2.0 profile takes no secrets, only keys'
const noPages = 'the scripted provider asks nothing: it signs one user in at once'
const noSessions = 'the scripted provider has no sessions that apps share'

export const facts: Readonly<Record<ProviderName, ProviderFacts>> = {
  hydra: {
    signingAlgorithm: 'RS256',
    rolesAt: 'roles',
    impossible: { 'its client is disabled': noDisabling },
  },
  keycloak: {
    hidesItsClock: true,
    signingAlgorithm: 'RS256',
    rolesAt: 'realm_access.roles',
    impossible: {},
  },
  'oidc-provider': {
    needsConsentToRefresh: true,
    signingAlgorithm: 'RS256',
    rolesAt: 'roles',
    impossible: {
      'is told when an administrator ends the session': noAdministrator,
      'signs out by form': noPost,
      'its client is disabled': noDisabling,
    },
  },
  'oidc-provider FAPI 2.0': {
    needsConsentToRefresh: true,
    signingAlgorithm: 'PS256',
    rolesAt: 'roles',
    impossible: {
      'is told when an administrator ends the session': noAdministrator,
      'signs out by form': noPost,
      'its client is disabled': noDisabling,
      'ends a login whose refresh token was used by somebody else':
        'an assertion cannot be replayed, so nobody else can use it',
      'rotates its secret': noSecret,
      'its secret is changed at the provider': noSecret,
    },
  },
  'scripted Hydra': {
    signingAlgorithm: 'RS256',
    rolesAt: 'roles',
    impossible: { 'its client is disabled': noDisabling },
  },
  'scripted provider': {
    asksNothing: true,
    signingAlgorithm: 'RS256',
    rolesAt: 'roles',
    impossible: {
      'says so when consent is denied': noPages,
      'ends a login whose refresh token was used by somebody else':
        'the scripted provider lets the later refresh tokens live',
      'verifies a signed UserInfo': 'the UserInfo of the scripted provider is plain JSON',
      'stays signed out when nobody can be signed in silently': noPages,
      'its client is disabled': noDisabling,
      'is told when the user signs out of another app': noSessions,
      'is told when an administrator ends the session': noSessions,
    },
  },
}
