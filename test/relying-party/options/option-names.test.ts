import { describe, expect, test } from 'vitest'
import { refusalOf } from '../../support/settings.ts'

const NO_GUESS = '. The options are '
const redirectUri = 'The redirect URI is options.baseUrl followed by options.routes.callback.'

/** The options of a library that are no options here, and what is said about each. `undefined`: nothing is guessed. */
const libraries: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
  'express-openid-connect, lib/config.js': {
    issuerBaseURL: 'Did you mean options.issuer?',
    baseURL: 'Did you mean options.baseUrl?',
    clientID: 'Did you mean options.client.clientId?',
    clientSecret: 'Did you mean options.client.clientSecret?',
    clientAuthMethod: 'Did you mean options.client.authenticationMethod?',
    clientAssertionSigningKey: 'Set options.client.privateKey to this key, as a JWK with alg and kid.',
    authorizationParams: 'Did you mean options.authorizationParameters?',
    customFetch: 'Did you mean options.fetch?',
    authRequired: 'Mount requireUser() behind relyingParty() instead.',
    attemptSilentLogin: 'Mount attemptSilentLogin() behind relyingParty() instead.',
    errorOnRequiredAuth: "Set options.onUnauthenticated to 'challenge' instead.",
    idpLogout:
      'A sign-out at the provider is the default: leave it out, or set options.logoutRequest: false for none.',
    secret: 'Sessions belong to express-session: pass the secret to session().',
    session: 'Sessions belong to express-session: pass its options to session().',
    loginPath: 'Did you mean options.routes.login?',
    logoutPath: 'Did you mean options.routes.logout?',
    redirectUriPath: 'Did you mean options.routes.callback?',
    clientAssertionSigningAlg: undefined,
    useMtls: undefined,
    httpTimeout: undefined,
    httpUserAgent: undefined,
    httpAgent: undefined,
    enableTelemetry: undefined,
    discoveryCacheMaxAge: undefined,
    tokenEndpointParams: 'Did you mean options.tokenEndpointParameters?',
    requestObjectSigningKey: undefined,
    idTokenSigningAlg: undefined,
    auth0Logout: 'Set options.endpoints.end_session_endpoint and options.logoutParameters instead.',
    logoutParams: 'Did you mean options.logoutParameters?',
    backchannelLogout: undefined,
    getLoginState: undefined,
    afterCallback: undefined,
    identityClaimFilter: undefined,
    legacySameSiteCookie: undefined,
    transactionCookie: undefined,
  },
  'passport-openidconnect, lib/strategy.js': {
    authorizationURL: 'Did you mean options.endpoints.authorization_endpoint?',
    tokenURL: 'Did you mean options.endpoints.token_endpoint?',
    userInfoURL: 'Did you mean options.endpoints.userinfo_endpoint?',
    callbackURL: redirectUri,
    prompt: 'Did you mean options.authorizationParameters.prompt?',
    display: 'Did you mean options.authorizationParameters.display?',
    loginHint: 'Did you mean options.authorizationParameters.login_hint?',
    maxAge: 'Did you mean options.authorizationParameters.max_age?',
    acrValues: 'Did you mean options.authorizationParameters.acr_values?',
    uiLocales: 'Did you mean options.authorizationParameters.ui_locales?',
    agent: undefined,
    claims: undefined,
    customHeaders: undefined,
    idTokenHint: undefined,
    nonce: undefined,
    passReqToCallback: undefined,
    proxy: undefined,
    sessionKey: undefined,
    skipUserProfile: undefined,
  },
  'openid-client, with its strategies for Passport': {
    client_id: 'Did you mean options.client.clientId?',
    client_secret: 'Did you mean options.client.clientSecret?',
    redirect_uri: redirectUri,
    redirect_uris: redirectUri,
    post_logout_redirect_uris:
      'The post-logout redirect URI is options.baseUrl followed by options.routes.logoutCallback.',
    params: 'Did you mean options.authorizationParameters?',
    usePAR: 'Did you mean options.pushedAuthorizationRequests?',
    resource: 'Did you mean options.authorizationParameters.resource?',
    allowInsecureRequests: 'Did you mean options.allowInsecureIssuer?',
    contacts: 'Did you mean options.metadata.contacts?',
    client_name: 'Did you mean options.metadata.client_name?',
    DPoP: undefined,
    authorizationDetails: undefined,
    config: undefined,
    default_max_age: undefined,
    execute: undefined,
    server: undefined,
    timeout: undefined,
    use_mtls_endpoint_aliases: 'Did you mean options.metadata.use_mtls_endpoint_aliases?',
    useJAR: undefined,
    usePKCE: undefined,
  },
  'Auth.js, packages/core/src/providers/oauth.ts': {
    clientId: 'Did you mean options.client.clientId?',
    jwks_endpoint: 'Did you mean options.endpoints.jwks_uri?',
    wellKnown: 'Set options.issuer to the issuer that this document names, and options.discoveryUrl only if',
    account: undefined,
    allowDangerousEmailAccountLinking: undefined,
    authorization: undefined,
    basePath: undefined,
    callbacks: undefined,
    checks: undefined,
    events: undefined,
    id: undefined,
    pages: undefined,
    redirectProxyUrl: undefined,
    style: undefined,
    token: undefined,
    trustHost: undefined,
    type: undefined,
  },
}

describe.each(Object.entries(libraries))('%s', (_, names) => {
  test.each(Object.entries(names))('the option %s', (name, sentence = NO_GUESS) => {
    const { code, message } = refusalOf({ [name]: 'canary' })
    expect(code).toBe('ERR_OIDC_INVALID_OPTION')
    expect(message).toMatch(new RegExp(`^options\\.${name} is not an option\\. `))
    expect(message).toContain(sentence)
    expect(message).not.toContain('canary')
  })
})

test.each([
  ['authorization', 'https://op.test/authorize', 'options.endpoints.authorization_endpoint?'],
  ['token', 'https://op.test/token', 'options.endpoints.token_endpoint?'],
  ['userinfo', 'https://op.test/me', 'options.endpoints.userinfo_endpoint?'],
  ['userinfo', { required: false }, 'options.userInfo?'],
])('%s is understood by its value %j', (name, value, meant) => {
  expect(refusalOf({ [name]: value }).message).toContain(`Did you mean ${meant}`)
})

test.each([
  ['client', 'client_id', 'client.clientId'],
  ['client', 'token_endpoint_auth_method', 'client.authenticationMethod'],
  ['endpoints', 'userInfoURL', 'endpoints.userinfo_endpoint'],
])('within options.%s, %s is known too', (option, name, meant) => {
  expect(refusalOf({ [option]: { [name]: 'canary' } }).message).toBe(
    `options.${option}.${name} is not an option. Did you mean options.${meant}?`,
  )
})

test.each([
  ['scope', 'options.scope'],
  ['response_mode', 'options.responseMode'],
])('the parameter %s belongs in %s', (name, option) => {
  expect(refusalOf({ authorizationParameters: { [name]: 'canary' } }).message).toBe(
    `options.authorizationParameters.${name} is set by ${option}: leave it out here.`,
  )
})
