import { expect, test } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { refusalOf, settingsOf } from '../../support/settings.ts'

const canary = 'canary-secret'

/** Options that break one rule, and what the message says. */
const broken: readonly (readonly [object, string])[] = [
  [{ baseUrl: '/app' }, 'options.baseUrl must be an absolute URL'],
  [{ baseUrl: 'app.test' }, 'options.baseUrl must be an absolute URL'],
  [{ baseUrl: '//app.test' }, 'options.baseUrl must be an absolute URL'],
  [{ baseUrl: 'localhost:3000' }, 'options.baseUrl must be an absolute URL'],
  [{ baseUrl: 'ftp://app.test' }, 'options.baseUrl must be an absolute URL'],
  [{ baseUrl: 'javascript:alert(1)' }, 'options.baseUrl must be an absolute URL'],
  [{ baseUrl: '' }, 'options.baseUrl is required'],
  [{ baseUrl: 'http://app.test' }, 'options.baseUrl must use https'],
  [{ baseUrl: 'http://localhost.app.test' }, 'options.baseUrl must use https'],
  [{ baseUrl: 'http://127.0.0.1.app.test' }, 'options.baseUrl must use https'],
  [{ baseUrl: 'http://0.0.0.0:3000' }, 'options.baseUrl must use https'],
  [{ baseUrl: 'http://app.test', allowInsecureIssuer: true }, 'options.baseUrl must use https'],
  [
    { baseUrl: `https://user:${canary}@app.test` },
    'options.baseUrl must not contain a user name or password',
  ],
  [
    { baseUrl: `https://app.test?token=${canary}` },
    'options.baseUrl must have neither a query nor a fragment',
  ],
  [{ baseUrl: `https://app.test#${canary}` }, 'options.baseUrl must have neither a query nor a fragment'],
  [{ baseUrl: 'https://app.test/?' }, 'options.baseUrl must have neither a query nor a fragment'],
  [{ baseUrl: 'https://app.test/#' }, 'options.baseUrl must have neither a query nor a fragment'],
  [{ issuer: 'op.test' }, 'options.issuer must be an absolute URL'],
  [{ issuer: '' }, 'options.issuer is required'],
  [{ issuer: 'http://op.test' }, 'options.issuer must use https'],
  [{ issuer: 'http://hydra:4444' }, 'set options.allowInsecureIssuer'],
  [{ issuer: `https://user:${canary}@op.test` }, 'options.issuer must not contain a user name or password'],
  [{ issuer: `https://op.test?token=${canary}` }, 'options.issuer must have neither a query nor a fragment'],
  [{ issuer: `https://op.test#${canary}` }, 'options.issuer must have neither a query nor a fragment'],
  [{ issuer: 'https://op.test?' }, 'options.issuer must have neither a query nor a fragment'],
  [{ scope: 'profile email' }, 'options.scope must contain openid'],
  [{ scope: 'openidx' }, 'options.scope must contain openid'],
  [{ store: { ...memoryStore(), shared: true } }, 'options.name is required with a shared store'],
  [{ name: 'a shop' }, 'options.name must be 1 to 64 letters, digits, dots, hyphens or underscores'],
  [{ name: '../shop' }, 'options.name must be 1 to 64 letters'],
  [{ name: 'a'.repeat(65) }, 'options.name must be 1 to 64 letters'],
  [{ routes: { login: true } }, 'options.routes.login must be a path that begins with a slash, or false'],
  [{ routes: { logout: 7 } }, 'options.routes.logout must be a path that begins with a slash, or false'],
  [
    { routes: { backchannelLogout: true } },
    'options.routes.backchannelLogout must be a path that begins with a slash, or false',
  ],
  [
    { routes: { frontchannelLogout: 7 } },
    'options.routes.frontchannelLogout must be a path that begins with a slash, or false',
  ],
  [{ routes: { jwks: true } }, 'options.routes.jwks must be a path that begins with a slash, or false'],
  [{ routes: { jwks: '/callback' } }, 'must differ from every other route'],
  [
    { bearer: { audience: 'a', tokensOnly: true }, routes: { jwks: '/jwks' } },
    'options.routes.jwks cannot be used with options.bearer.tokensOnly',
  ],
  [
    { client: { clientId: 'app', clientSecret: canary }, routes: { jwks: '/jwks' } },
    'options.routes.jwks needs a key to serve',
  ],
  [{ routes: { login: '/callback' } }, 'must differ from every other route'],
  [{ routes: { login: '/in', logout: '/in' } }, 'must differ from every other route'],
  [{ routes: { logoutCallback: '/logout' } }, 'must differ from every other route'],
  [{ routes: { initiateLogin: '/login' } }, 'must differ from every other route'],
  [{ routes: { login: 'login' } }, 'options.routes.login must be a path that begins with a slash'],
  [{ routes: { callback: '' } }, 'options.routes.callback must be a path that begins with a slash'],
  [{ routes: { callback: '/callback?a=b' } }, 'options.routes.callback must be a path'],
  [{ routes: { callback: '/:id' } }, 'options.routes.callback must be a path'],
  [{ routes: { callback: '//evil.test/callback' } }, 'options.routes.callback must be a path'],
  [{ routes: { callback: '/a/../callback' } }, 'options.routes.callback must be a path'],
  [{ bearer: {} }, 'options.bearer.audience is required'],
  [{ bearer: { audience: [] } }, 'options.bearer.audience must be a string or an array of strings'],
  [{ bearer: { audience: '' } }, 'options.bearer.audience must be a string or an array of strings'],
  [{ bearer: { audience: ['a', 7] } }, 'options.bearer.audience must be a string or an array of strings'],
  [
    { bearer: { audience: 'a', introspection: true } },
    'options.bearer.introspection must be opaque or always',
  ],
  [{ bearer: { audience: 'a', allowUntypedTokens: 'no' } }, 'options.bearer.allowUntypedTokens must be true'],
  [{ bearer: { audience: 'a', tokensOnly: 1 } }, 'options.bearer.tokensOnly must be true or false'],
  [{ bearer: { audience: 'a', issuer: 'b' } }, 'options.bearer.issuer is not an option'],
  [{ apiOrigins: ['http://api.test'] }, 'options.apiOrigins must only contain origins with https'],
  [{ apiOrigins: ['https://api.test/v1'] }, 'options.apiOrigins must only contain origins'],
  [{ apiOrigins: ['https://api.test?a'] }, 'options.apiOrigins must only contain origins'],
  [{ apiOrigins: [`https://user:${canary}@api.test`] }, 'options.apiOrigins must only contain origins'],
  [{ apiOrigins: ['https://*.api.test'] }, 'options.apiOrigins must only contain origins'],
  [{ apiOrigins: ['api.test'] }, 'options.apiOrigins must only contain origins'],
  [{ routes: { frontchannelLogout: '/backchannel-logout' } }, 'must differ from every other route'],
  [
    { metadata: { backchannel_logout_uri: '/backchannel-logout' } },
    'options.metadata.backchannel_logout_uri must be an absolute',
  ],
  [
    { metadata: { backchannel_logout_uri: 'ftp://app.test/' } },
    'options.metadata.backchannel_logout_uri must be an absolute',
  ],
  [
    { metadata: { backchannel_logout_uri: 'https://app.test/#' } },
    'options.metadata.backchannel_logout_uri must be an absolute',
  ],
  [
    { metadata: { backchannel_logout_uri: `https://u:${canary}@app.test/` } },
    'options.metadata.backchannel_logout_uri must be',
  ],
  [{ providerTimeout: 5_000 }, 'options.providerTimeout must be a number of seconds above 0, at most 3,600'],
]

test.each(broken)('refuses %j: %s', (options, sentence) => {
  const refusal = refusalOf(options)
  expect(refusal).toMatchObject({ code: 'ERR_OIDC_INVALID_OPTION' })
  expect(refusal.message).toContain(sentence)
  expect(refusal.message).not.toContain(canary)
})

test.each([
  'http://localhost:3000',
  'http://app.localhost',
  'http://127.0.0.1:3000',
  'http://127.8.9.1',
  'http://[::1]:3000',
  'https://app.test',
  'https://app.test:8443/shop',
])('takes %s as issuer and as baseUrl', url => {
  expect(settingsOf({ issuer: url, baseUrl: url })).toMatchObject({ issuer: url, baseUrl: url })
})

test('allowInsecureIssuer allows an issuer with http', () => {
  expect(settingsOf({ issuer: 'http://hydra:4444', allowInsecureIssuer: true }).issuer).toBe(
    'http://hydra:4444',
  )
})

test('keeps the issuer to the letter, with or without a slash at its end', () => {
  for (const issuer of ['https://op.test', 'https://op.test/', 'https://OP.test/a//'])
    expect(settingsOf({ issuer }).issuer).toBe(issuer)
})

test.each([
  ['https://app.test/', 'https://app.test'],
  ['https://app.test/shop/', 'https://app.test/shop'],
  ['https://APP.test:443', 'https://app.test'],
])('takes the baseUrl %s for %s', (given, baseUrl) => {
  expect(settingsOf({ baseUrl: given })).toMatchObject({ baseUrl, redirectUri: `${baseUrl}/callback` })
})

test.each([
  [
    { endpoints: { introspectionEndpoint: canary } },
    'options.endpoints.introspectionEndpoint is not an option. Did you mean options.endpoints.introspection_endpoint?',
  ],
  [
    { userInfo: { require: false } },
    'options.userInfo.require is not an option. Did you mean options.userInfo.required?',
  ],
  [{ routes: { logIn: '/in' } }, 'options.routes.logIn is not an option. Did you mean options.routes.login?'],
  [
    { client: { clientID: canary } },
    'options.client.clientID is not an option. Did you mean options.client.clientId?',
  ],
])('names the whole path of a misspelt member: %o', (options, sentence) => {
  expect(refusalOf(options).message).toBe(sentence)
})
