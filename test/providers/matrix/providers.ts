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
  /** Signs its user in without asking, even after a sign-out. */
  readonly asksNothing?: boolean
  /** Its answers have no `Date`, so that an app can suspect a clock and not measure it. */
  readonly hidesItsClock?: boolean
  /** Signs ID tokens, and the UserInfo if asked to. */
  readonly signingAlgorithm: 'RS256' | 'PS256'
  /** The claim that holds the roles. */
  readonly rolesAt: string
  /** The parameter that asks for access tokens of an API. */
  readonly audienceParameter?: 'audience' | 'resource'
  /** Its JWTs do not say that they are access tokens. */
  readonly hasUntypedTokens?: boolean
  /** A class of authentication that it gives to apps that ask for it. */
  readonly strongClass: string
  /** Cells that cannot exist, and why. */
  readonly impossible: Partial<Record<FlowName, string>>
}

const noAdministrator = 'oidc-provider is a library: nobody can end a session there but the user'
const noPost = 'oidc-provider takes a sign-out by GET only, unless enableHttpPostMethods is set'
const noDisabling = 'this provider knows no disabled clients'
const noFrames = 'oidc-provider has no front channel'
const noSecret = 'its FAPI 2.0 profile takes no secrets, only keys'
const noPages = 'the scripted provider asks nothing: it signs one user in at once'
const noApis = 'the access tokens of the scripted provider are opaque, and it introspects none'
const noBinding = 'this provider binds no access tokens, so an app that wants that is refused at discovery'
const noEncryption = 'this provider encrypts nothing, so an app that wants that is refused at discovery'
const noSessions = 'the scripted provider has no sessions that apps share'

export const facts: Readonly<Record<ProviderName, ProviderFacts>> = {
  hydra: {
    audienceParameter: 'audience',
    hasUntypedTokens: true,
    strongClass: 'gold',
    signingAlgorithm: 'RS256',
    rolesAt: 'roles',
    impossible: {
      'its client is disabled': noDisabling,
      'binds its access tokens to its key': noBinding,
      'opens what is encrypted for it': noEncryption,
    },
  },
  keycloak: {
    strongClass: 'gold',
    hidesItsClock: true,
    signingAlgorithm: 'RS256',
    rolesAt: 'realm_access.roles',
    impossible: {},
  },
  'oidc-provider': {
    audienceParameter: 'resource',
    strongClass: 'gold',
    needsConsentToRefresh: true,
    signingAlgorithm: 'RS256',
    rolesAt: 'roles',
    impossible: {
      'is told when an administrator ends the session': noAdministrator,
      'is told by a frame when the user signs out of another app': noFrames,
      'signs out by form': noPost,
      'its client is disabled': noDisabling,
    },
  },
  'oidc-provider FAPI 2.0': {
    audienceParameter: 'resource',
    strongClass: 'gold',
    needsConsentToRefresh: true,
    signingAlgorithm: 'PS256',
    rolesAt: 'roles',
    impossible: {
      'is told when an administrator ends the session': noAdministrator,
      'is told by a frame when the user signs out of another app': noFrames,
      'signs out by form': noPost,
      'its client is disabled': noDisabling,
      'ends a login whose refresh token was used by somebody else':
        'an assertion cannot be replayed, so nobody else can use it',
      'rotates its secret': noSecret,
      'its secret is changed at the provider': noSecret,
      'finds in its examination that a client made by hand has another address': noSecret,
    },
  },
  'scripted Hydra': {
    audienceParameter: 'audience',
    strongClass: '0', // Hydra's own, without a login app that says more
    signingAlgorithm: 'RS256',
    rolesAt: 'roles',
    impossible: {
      'its client is disabled': noDisabling,
      'binds its access tokens to its key': noBinding,
      'opens what is encrypted for it': noEncryption,
      'accepts access tokens that are JWTs': 'the access tokens of the scripted Hydra are opaque',
    },
  },
  'scripted provider': {
    strongClass: 'gold',
    asksNothing: true,
    signingAlgorithm: 'RS256',
    rolesAt: 'roles',
    impossible: {
      'says so when consent is denied': noPages,
      'ends a login whose refresh token was used by somebody else':
        'the scripted provider lets the later refresh tokens live',
      'binds its access tokens to its key': noBinding,
      'opens what is encrypted for it': noEncryption,
      'verifies a signed UserInfo': 'the UserInfo of the scripted provider is plain JSON',
      'stays signed out when nobody can be signed in silently': noPages,
      'its client is disabled': noDisabling,
      'is told when the user signs out of another app': noSessions,
      'is told by a frame when the user signs out of another app': noSessions,
      'is told of a sign-out although its clock is 25 seconds ahead': noSessions,
      'is told of a sign-out although its clock is 25 seconds behind': noSessions,
      'accepts access tokens that are JWTs': noApis,
      'accepts access tokens by introspection': noApis,
      'is told when an administrator ends the session': noSessions,
    },
  },
}
