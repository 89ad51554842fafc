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
  baseUrl: ['must be a string', noText],
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
  responseMode: ['must be query or form_post', [canary, 'fragment', ['query'], 7, null]],
  logoutRequest: ['must be redirect or form', [canary, 'post', ['form'], 7, null]],
  pushedAuthorizationRequests: ['must be true or false', [canary, 'true', 1, null]],
  apiOrigins: ['must be an array of strings', [canary, { canary }, [7], [[canary]], null]],
  bearer: ['must be an object', [canary, true, [canary], null]],
  sessionStore: ['must have get and destroy', [canary, null, {}, { get: canary, destroy: canary }]],
  strictLogoutTokens: ['must be true or false', [canary, 'true', 1, null]],
  revokeOnLogout: ['must be true or false', [canary, 'true', 1, null]],
  start: ['must be immediately or first-use', [canary, ['first-use'], true, null]],
  authorizationParameters: [
    'must be an object of strings',
    [canary, { a: 7 }, { a: [canary] }, [canary], null],
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
    'bearer',
    'cannot be used with an issuer',
    { ...manyTenants, tenants: () => true, bearer: { audience: 'a' } },
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
  ['metadata', 'is for an app that registers', { client: { clientId: 'a' }, metadata: { canary } }],
  ['authorizationParameters.state', 'is set by the library', { authorizationParameters: { state: canary } }],
  ['authorizationParameters.prompt', 'must not be none', { authorizationParameters: { prompt: 'none' } }],
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
  ['metadata.redirect_uris', 'must not be null', { metadata: { redirect_uris: null } }],
  [
    'metadata.token_endpoint_auth_method',
    'must be one of',
    { metadata: { token_endpoint_auth_method: 'tls_client_auth' } },
  ],
  [
    'metadata.token_endpoint_auth_method',
    'must be one of',
    { metadata: { token_endpoint_auth_method: 'client_secret_jwt' } },
  ],
  [
    'metadata.token_endpoint_auth_signing_alg',
    'must be one of',
    { metadata: { token_endpoint_auth_signing_alg: 'HS256' } },
  ],
  [
    'metadata.id_token_signed_response_alg',
    'must be one of',
    { metadata: { id_token_signed_response_alg: 'none' } },
  ],
  [
    'metadata.userinfo_signed_response_alg',
    'must be one of',
    { metadata: { userinfo_signed_response_alg: 'HS256' } },
  ],
  [
    'metadata.id_token_encrypted_response_alg',
    'must be left out, because this library does not decrypt',
    { metadata: { id_token_encrypted_response_alg: 'RSA-OAEP' } },
  ],
  [
    'metadata.userinfo_encrypted_response_enc',
    'must be left out, because this library does not decrypt',
    { metadata: { userinfo_encrypted_response_enc: 'A256GCM' } },
  ],
  ['metadata.response_types', 'must contain code', { metadata: { response_types: ['id_token'] } }],
  ['metadata.grant_types', 'must contain authorization_code', { metadata: { grant_types: ['implicit'] } }],
  [
    'metadata.require_signed_request_object',
    'must not be true, because this library does not support it',
    { metadata: { require_signed_request_object: true } },
  ],
  [
    'metadata.dpop_bound_access_tokens',
    'must not be true, because this library does not support it',
    { metadata: { dpop_bound_access_tokens: true } },
  ],
  ['metadata.client_name', 'must be a string', { metadata: { client_name: 7 } }],
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
