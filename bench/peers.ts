import {
  type Start,
  startByAuthJs,
  startByBetterAuth,
  startByLink,
  startWithoutProvider,
} from './harness/start.ts'

/** A way to sign users in to an Express app. */
export interface Peer {
  /** As the table shows it. */
  readonly name: string
  /** The file in `apps/`. */
  readonly app: string
  /** The variant of the app. */
  readonly variant?: Readonly<Record<string, boolean>>
  /** What it adds to express and express-session. */
  readonly packages: readonly string[]
  /** What its app imports, where that is more than the packages. */
  readonly imports?: readonly string[]
  /** The path of the redirect URI. `/callback` by default. */
  readonly callback?: string
  readonly start: Start
  /** The path for logout tokens. */
  readonly backchannel?: string
  /** Why it has no value in a column. */
  readonly without: Readonly<Record<string, string>>
}

export const FLOOR = 'express + express-session'
export const BY_HAND = 'openid-client by hand + signature + UserInfo'

const noTokens = { logout: 'no back-channel logout' }
const byHand = { app: 'openid-client', start: startByLink, without: noTokens }

export const peers: readonly Peer[] = [
  {
    name: FLOOR,
    app: 'floor',
    packages: [],
    start: startWithoutProvider,
    backchannel: '/backchannel-logout',
    without: {
      login: 'has no provider',
      requests: 'has no provider',
      import: 'the other values are over this one',
      install: 'the other values are over this one',
    },
  },
  {
    name: 'express-oidc-rp',
    app: 'express-oidc-rp',
    packages: ['express-oidc-rp'],
    start: startByLink,
    backchannel: '/backchannel-logout',
    without: {},
  },
  {
    name: 'express-oidc-rp, UserInfo lazily',
    app: 'express-oidc-rp',
    variant: { lazily: true },
    packages: ['express-oidc-rp'],
    start: startByLink,
    backchannel: '/backchannel-logout',
    without: {},
  },
  { ...byHand, name: 'openid-client by hand', packages: ['openid-client'] },
  {
    ...byHand,
    name: 'openid-client by hand + UserInfo',
    variant: { userInfo: true },
    packages: ['openid-client'],
  },
  {
    ...byHand,
    name: 'openid-client by hand + signature',
    variant: { signature: true },
    packages: ['openid-client', 'jose'],
  },
  {
    ...byHand,
    name: BY_HAND,
    variant: { signature: true, userInfo: true },
    packages: ['openid-client', 'jose'],
  },
  {
    name: 'openid-client/passport',
    app: 'openid-client-passport',
    packages: ['openid-client', 'passport'],
    imports: ['openid-client', 'openid-client/passport', 'passport'],
    start: startByLink,
    without: noTokens,
  },
  {
    name: 'passport-openidconnect',
    app: 'passport-openidconnect',
    packages: ['passport', 'passport-openidconnect'],
    start: startByLink,
    without: noTokens,
  },
  {
    name: 'express-openid-connect, cookie',
    app: 'express-openid-connect',
    packages: ['express-openid-connect'],
    start: startByLink,
    backchannel: '/backchannel-logout',
    without: { heap: 'the session is in the cookie' },
  },
  {
    name: 'express-openid-connect, store',
    app: 'express-openid-connect',
    variant: { store: true },
    packages: ['express-openid-connect'],
    start: startByLink,
    backchannel: '/backchannel-logout',
    without: {},
  },
  {
    name: '@auth/express',
    app: 'auth-express',
    packages: ['@auth/express'],
    callback: '/auth/callback/bench',
    start: startByAuthJs,
    without: { ...noTokens, heap: 'the session is in the cookie' },
  },
  {
    name: 'better-auth',
    app: 'better-auth',
    packages: ['better-auth'],
    imports: ['better-auth', 'better-auth/node', 'better-auth/adapters/memory', 'better-auth/plugins'],
    callback: '/api/auth/callback/bench',
    start: startByBetterAuth,
    without: noTokens,
  },
]
