import { memoryStore } from '../../../src/index.ts'

/** Options with which an app starts. */
export const enough = { issuer: 'https://op.example', baseUrl: 'https://shop.example', store: memoryStore() }

/** What is wrong, the options, and a part of what is said. With these options an app does not start. */
export const wrong: readonly (readonly [string, object, string])[] = [
  ['no issuer', { issuer: undefined }, 'set it in code, or as ISSUER_BASE_URL'],
  ['no baseUrl', { baseUrl: '' }, 'BASE_URL'],
  ['an issuer without https://', { issuer: 'op.example' }, 'an absolute URL'],
  ['an http issuer', { issuer: 'http://op.example' }, 'options.allowInsecureIssuer'],
  [
    'the address of the discovery document as issuer',
    { issuer: 'https://op.example/.well-known/openid-configuration' },
    'https://op.example.',
  ],
  ['an http baseUrl behind a proxy', { baseUrl: 'http://shop.example' }, 'set the public https address'],
  ['a baseUrl with a query', { baseUrl: 'https://shop.example/?a=b' }, 'neither a query nor a fragment'],
  ['an option of express-openid-connect', { issuerBaseURL: 'https://op.example' }, 'options.issuer?'],
  [
    'an option of passport-openidconnect',
    { callbackURL: 'https://shop.example/cb' },
    'options.baseUrl followed by options.routes.callback',
  ],
  ['an option of openid-client', { client_id: 'shop' }, 'options.client.clientId?'],
  [
    'an option of Auth.js',
    { wellKnown: 'https://op.example/.well-known/openid-configuration' },
    'options.issuer',
  ],
  ['an option that resembles none', { rememberMe: true }, 'The options are issuer, '],
  ['a misspelled option', { isuer: 'https://op.example' }, 'options.issuer?'],
  ['scopes in an array', { scope: ['openid', 'email'] }, 'separated by spaces'],
  ['a scope without openid', { scope: 'profile' }, 'must contain openid'],
  ['a full URL as route', { routes: { callback: 'https://shop.example/callback' } }, 'must be a path'],
  ['two routes with one path', { routes: { login: '/logout' } }, 'must differ from every other route'],
  [
    'redirect_uris without the callback',
    { metadata: { redirect_uris: ['https://shop.example/cb'] } },
    'https://shop.example/callback',
  ],
  ['credentials in the metadata', { metadata: { client_secret: 'x' } }, 'is set by the provider'],
  [
    'keys in the metadata',
    { metadata: { jwks_uri: 'https://shop.example/jwks' } },
    'the app creates and rotates its own keys',
  ],
  ['metadata of another flow', { metadata: { response_types: ['id_token'] } }, 'must contain code'],
  ['a registered scope that is too small', { metadata: { scope: 'openid' } }, 'must contain profile'],
  [
    'a path as endpoint',
    { endpoints: { token_endpoint: '/token' } },
    'options.endpoints.token_endpoint must be an absolute',
  ],
  [
    'an http endpoint',
    { endpoints: { token_endpoint: 'http://op.example/token' } },
    'options.endpoints.token_endpoint must use https',
  ],
  [
    'the scope among the authorizationParameters',
    { authorizationParameters: { scope: 'openid' } },
    'options.scope',
  ],
  ['prompt=none for every sign-in', { authorizationParameters: { prompt: 'none' } }, 'attemptSilentLogin()'],
  ['milliseconds instead of seconds', { providerTimeout: 5_000 }, 'seconds'],
  [
    'a secret and a key',
    { client: { clientId: 'a', clientSecret: 'b', privateKey: {} } },
    'not more than one',
  ],
  [
    'a method that does not fit the credentials',
    { client: { clientId: 'a', authenticationMethod: 'client_secret_basic' } },
    'must match the credentials',
  ],
  [
    'metadata that do not fit the client made by hand',
    { client: { clientId: 'a' }, metadata: { token_endpoint_auth_method: 'private_key_jwt' } },
    'must match the credentials',
  ],
  [
    'a client of Redis as store',
    { store: { get: () => null, set: () => null, del: () => null } },
    'redisStore(client)',
  ],
  ['a connection string as store', { store: 'redis://localhost' }, 'redisStore(client)'],
  [
    'a shared store without a name',
    { store: { ...memoryStore(), shared: true } },
    'options.name is required',
  ],
  ['a log that is no function', { log: console }, 'must be a function, or false'],
]
