import { wrongLogoutParameters } from './wrong-logout-parameters.ts'
import { wrongMetadata } from './wrong-metadata.ts'
import {
  wrongAuthorizationParameters,
  wrongCallbackFields,
  wrongTokenEndpointParameters,
} from './wrong-parameters.ts'

/** What no message may repeat. */
export const canary = 'canary-secret'
const manyTenants = {
  issuer: 'https://op.test/{tenantid}',
  discoveryUrl: 'https://op.test/.well-known/openid-configuration',
}
const noText = [[canary], { [canary]: canary }, 7, true, null]

/** For each option: values of a wrong type, and the rule that the message states. */
export const wrongTypes: Readonly<Record<string, readonly [rule: string, values: readonly unknown[]]>> = {
  issuer: ['must be a string', noText],
  baseUrl: ['must be a string', [{ [canary]: canary }, 7, true, null]],
  scope: ['must be a string', noText],
  name: ['must be a string', noText],
  initialAccessToken: ['must be a string', noText],
  client: ['must be an object', [canary, 7, true, null, [canary]]],
  metadata: ['must be an object', [canary, 7, true, null, [canary]]],
  routes: ['must be an object', [canary, 7, true, null, [canary]]],
  discoveryUrl: ['must be an absolute http or https URL', [canary, 7, true, null, [canary]]],
  tenants: ['must be an array of tenant ids', [canary, 7, true, null, [], [canary], ['common']]],
  clientAssertions: ['must be an object', [canary, 7, true, null, [canary]]],
  store: [
    'must have get, set and delete',
    [canary, 7, null, {}, { get: canary, set: canary, delete: canary }],
  ],
  profile: ['must be fapi2 or fapi2-message-signing', [canary, 'fapi1', true, null, ['fapi2']]],
  responseMode: ['must be query or form_post or jwt', [canary, 'fragment', ['query'], 7, null]],
  logoutRequest: ['must be redirect, form or false', [canary, 'post', ['form'], 7, null, true]],
  logoutParameters: ['must be an object, or a function', [canary, 7, true, null, [canary]]],
  pushedAuthorizationRequests: ['must be true or false', [canary, 'true', 1, null]],
  apiOrigins: ['must be an array of strings', [canary, { canary }, [7], [[canary]], null]],
  bearer: ['must be an object', [canary, true, [canary], null]],
  sessionStore: ['must have get and destroy', [canary, null, {}, { get: canary, destroy: canary }]],
  partitionedCookies: ['must be true or false', [canary, 'true', 1, null]],
  strictLogoutTokens: ['must be true or false', [canary, 'true', 1, null]],
  trustedAudiences: ['must be an array of strings, or a function', [canary, 7, true, null, [7], { canary }]],
  revokeOnLogout: ['must be true or false', [canary, 'true', 1, null]],
  start: ['must be immediately or first-use', [canary, ['first-use'], true, null]],
  authorizationParameters: ['must be an object, or a function', [canary, 7, [canary], null]],
  tokenEndpointParameters: ['must be an object', [canary, 7, [canary], null, () => canary]],
  callbackFields: [
    'must be an array of at most 10 names',
    [canary, 7, null, { canary }, [7], [''], ['a b'], Array.from({ length: 11 }, (_, at) => `f${at}`)],
  ],
  userInfo: ['must be an object', [canary, 7, true, null, ['lazily']]],
  endpoints: ['must be an object', [canary, 7, [canary], null]],
  allowInsecureIssuer: ['must be true or false', [canary, 'true', 1, null]],
  absoluteLifetime: [
    'must be a number of seconds above 0',
    [canary, '60', 0, -1, Number.NaN, Infinity, null],
  ],
  providerTimeout: ['must be a number of seconds above 0', [canary, '60', 0, -1, Number.NaN, Infinity, null]],
  requestTimeout: ['must be a number of seconds, at least 1', [canary, '5', 0, 0.9, 31, Number.NaN, null]],
  clockTolerance: [
    'must be a number of seconds, at least 0',
    [canary, '30', -1, 61, Number.NaN, Infinity, null],
  ],
  rediscoverEvery: ['must be a number of seconds above 0', [canary, '60', 0, -1, Number.NaN, true, null]],
  rotateEvery: ['must be a number of seconds above 0', [canary, '60', 0, -1, Number.NaN, true, null]],
  rereadEvery: ['must be a number of seconds above 0', [canary, '60', 0, -1, Number.NaN, false, null]],
  fetch: ['must be a function', [canary, { canary }, null]],
  resolveClaims: ['must be a function', [true, canary]],
  acceptLogin: ['must be a function', [true, canary]],
  onLogin: ['must be a function', [true, canary]],
  onLogout: ['must be a function', [false, canary]],
  onForbidden: ['must be a function', [true, canary]],
  onUnauthenticated: ["must be a function, or 'challenge'", [true, canary]],
  onLogoutConfirmation: ['must be a function', [canary, { canary }, null]],
  onError: ['must be a function', [canary, { canary }, null]],
  log: ['must be a function, or false', [canary, true, { canary }, null]],
}

/** Members of options that break a rule. */
export const wrongMembers: readonly (readonly [path: string, rule: string, options: object])[] = [
  ['client.clientId', 'must be a string', { client: { clientId: 7 } }],
  ['client.clientSecret', 'must be a string', { client: { clientId: 'a', clientSecret: [canary] } }],
  ['client.authenticationMethod', 'must be', { client: { clientId: 'a', authenticationMethod: canary } }],
  ['client.clientSecret', 'must be a string', { client: { clientId: 'a', clientSecret: '' } }],
  ['client.assertion', 'must be a function', { client: { clientId: 'a', assertion: canary } }],
  [
    'client',
    'must contain a secret or',
    { client: { clientId: 'a', clientSecret: canary, assertion: () => canary } },
  ],
  ['client.certificate', 'needs a privateKey', { client: { clientId: 'a', certificate: canary } }],
  ...[canary, [canary], [{ kid: 'a' }], [{ kty: 'oct', k: canary, kid: 'a' }], [{ kty: 'OKP' }]].map(
    servedKeys =>
      [
        'client.servedKeys',
        'must be an array of public keys in JWK format, each with a kid',
        { client: { clientId: 'a', privateKey: { kty: 'RSA' }, servedKeys } },
      ] as const,
  ),
  ['client.servedKeys', 'needs a privateKey', { client: { clientId: 'a', servedKeys: [] } }],
  [
    'client.certificate',
    'must be a certificate in PEM format',
    { client: { clientId: 'a', privateKey: { kty: 'RSA' }, certificate: canary } },
  ],
  ['discoveryUrl', 'must be the whole address', { discoveryUrl: 'https://op.test/tenant' }],
  ['discoveryUrl', 'must use https', { discoveryUrl: 'http://op.test/.well-known/openid-configuration' }],
  ['tenants', 'is only for an issuer with a placeholder', { tenants: () => true }],
  ['discoveryUrl', 'is required, because', { issuer: 'https://op.test/{tenantid}', tenants: () => true }],
  ['tenants', 'is required: without it', manyTenants],
  [
    'bearer.introspection',
    'must be never with an issuer',
    { ...manyTenants, tenants: () => true, bearer: { audience: 'a' } },
  ],
  [
    'bearer.introspection',
    'must be never with an issuer',
    { ...manyTenants, tenants: () => true, bearer: { audience: 'a', introspection: 'always' } },
  ],
  [
    'clientAssertions.audience',
    'must be issuer or token_endpoint',
    { clientAssertions: { audience: canary } },
  ],
  [
    'clientAssertions.lifetime',
    'must be a number of seconds, at least 10',
    { clientAssertions: { lifetime: 9 } },
  ],
  [
    'clientAssertions.lifetime',
    'must be a number of seconds, at least 10',
    { clientAssertions: { lifetime: 601 } },
  ],
  ['client.clientId', 'is required', { client: { clientSecret: canary } }],
  ['client.clientId', 'is required', { client: { clientId: '' } }],
  ['client', 'must contain a secret or', { client: { clientId: 'a', clientSecret: canary, privateKey: {} } }],
  [
    'client.authenticationMethod',
    'must match',
    { client: { clientId: 'a', authenticationMethod: 'private_key_jwt' } },
  ],
  [
    'initialAccessToken',
    'is for an app that registers',
    { client: { clientId: 'a' }, initialAccessToken: canary },
  ],
  ...[7, '', 'a b', 'client-cert:', null].map(
    clientCertificateHeader =>
      [
        'bearer.clientCertificateHeader',
        'must be the name of a header',
        { bearer: { audience: 'a', clientCertificateHeader } },
      ] as const,
  ),
  ...wrongAuthorizationParameters(canary),
  ...wrongTokenEndpointParameters,
  ...wrongCallbackFields,
  ...wrongLogoutParameters(canary),
  ...[canary, 7, true, null, {}, { every: 0 }, { every: canary }, { every: 5, [canary]: 1 }].map(
    when =>
      ['userInfo.when', 'must be at-login, lazily, or { every: seconds }', { userInfo: { when } }] as const,
  ),
  ['userInfo.required', 'must be true or false', { userInfo: { required: canary } }],
  ...[canary, '/token', `ftp://${canary}`, `https://a:${canary}@op.test`, 'https://op.test/#', 7, {}].map(
    token_endpoint =>
      [
        'endpoints.token_endpoint',
        'must be an absolute http or https URL',
        { endpoints: { token_endpoint } },
      ] as const,
  ),
  ...wrongMetadata,
  ['routes.login', 'must be a path that begins with a slash, or false', { routes: { login: true } }],
  ['routes.logout', 'must be a path that begins with a slash, or false', { routes: { logout: 7 } }],
  [
    'routes.initiateLogin',
    'must be a path that begins with a slash, or false',
    { routes: { initiateLogin: true } },
  ],
  ['routes.callback', 'must be a path', { routes: { callback: false } }],
  ['routes.logoutCallback', 'must be a path', { routes: { logoutCallback: 'bye' } }],
]
