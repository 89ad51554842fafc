type Dispatched = RequestInit & { readonly dispatcher?: unknown }

const HOUR = 3_600
const DAY = 24 * HOUR

/**
 * The part of the configuration that the test provider and the local provider of the examples share: one on this machine, at which
 * every client may register.
 */
export const baseConfiguration = {
  scopes: ['openid', 'profile', 'email', 'offline_access'],
  claims: { openid: ['sub'], profile: ['name'], email: ['email'] },
  clientAuthMethods: ['private_key_jwt', 'client_secret_basic', 'client_secret_post', 'none'] as const,
  clientDefaults: { backchannel_logout_session_required: true }, // oidc-provider adds `sid` only to the ID tokens of such clients
  clientBasedCORS: () => false,
  pkce: { required: () => true },
  /** Seconds. Longer than any test. Without them oidc-provider prints warnings. */
  ttl: {
    AccessToken: HOUR,
    AuthorizationCode: 600,
    Grant: 14 * DAY,
    IdToken: HOUR,
    Interaction: HOUR,
    RefreshToken: 14 * DAY,
    Session: 14 * DAY,
  },
  features: {
    devInteractions: { enabled: false },
    registration: { enabled: true },
    registrationManagement: { enabled: true },
    revocation: { enabled: true },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true },
  },
  /** The dispatcher in `init` refuses loopback addresses, but that is where the apps run. */
  fetch: (url: string | URL | Request, { dispatcher: _refusing, ...init }: Dispatched = {}) =>
    fetch(url, init),
}
