import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { relyingParty } from '../../../src/index.ts'
import { buildSettings, type Settings } from '../../../src/relying-party/options/settings.ts'
import { refusalOf, settingsOf } from '../../support/settings.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

afterEach(() => void vi.unstubAllEnvs())

const url = { ISSUER_BASE_URL: 'https://op.env', BASE_URL: 'https://app.env' }
const complete = {
  ...url,
  OIDC_SCOPE: 'openid env',
  OIDC_NAME: 'env',
  OIDC_INITIAL_ACCESS_TOKEN: 'token-env',
  OIDC_STORE: join('folder', 'env'),
}
const withClient = { ...url, CLIENT_ID: 'client-env', CLIENT_SECRET: 'secret-env' }

test('the environment says what the code does not', () => {
  const settings = buildSettings({}, complete)
  expect(settings).toMatchObject({
    issuer: 'https://op.env',
    baseUrl: 'https://app.env',
    scope: 'openid env',
  })
  expect(settings).toMatchObject({ name: 'env', initialAccessToken: 'token-env', client: undefined })
  expect(settings.store.location).toContain(join('folder', 'env'))
})

test('the environment may name a client that was made by hand', () => {
  const client = { clientId: 'client-env', clientSecret: 'secret-env' }
  expect(buildSettings({}, withClient).client).toEqual(client)
  expect(buildSettings({}, { ...url, CLIENT_ID: 'client-env' }).client).toEqual({ clientId: 'client-env' })
})

test.each([
  [
    { ...url, CLIENT_ID: 'c', CLIENT_SECRET: 's' },
    { client: { authenticationMethod: 'client_secret_post' } },
  ],
  [url, { client: undefined, metadata: { token_endpoint_auth_method: 'client_secret_post' } }],
])('the environment may say how the client authenticates: %o', (environment, expected) => {
  const method = { OIDC_AUTHENTICATION_METHOD: 'client_secret_post' }
  expect(buildSettings({}, { ...environment, ...method })).toMatchObject(expected)
  expect(settingsOf({ client: { clientId: 'code' } }, { ...url, ...method }).metadata).toEqual({})
})

test.each([
  [{ client_name: 'Shop' }, { client_name: 'Shop', token_endpoint_auth_method: 'client_secret_post' }],
  [{ token_endpoint_auth_method: undefined }, { token_endpoint_auth_method: 'client_secret_post' }],
  [{ token_endpoint_auth_method: 'none' }, { token_endpoint_auth_method: 'none' }],
  [{ token_endpoint_auth_method: null }, { token_endpoint_auth_method: null }],
])('it says how the client authenticates beside the metadata %o', (metadata, expected) => {
  const environment = { ...url, OIDC_AUTHENTICATION_METHOD: 'client_secret_post' }
  expect(settingsOf({ metadata }, environment).metadata).toEqual(expected)
})

test('the environment may say where the document is, and which tenants may sign in', () => {
  const discoveryUrl = 'https://op.env/t/.well-known/openid-configuration'
  const tenants = ['aaaaaaaa-0000-4000-8000-00000000000a', 'bbbbbbbb-0000-4000-8000-00000000000b']
  const said = {
    ISSUER_BASE_URL: 'https://op.env/{tenantid}',
    OIDC_DISCOVERY_URL: discoveryUrl,
    OIDC_TENANTS: tenants.join(' '),
  }
  expect(buildSettings({}, { ...url, ...said })).toMatchObject({ discoveryUrl, tenants })
})

test('the environment gives way to the code', () => {
  const code = { scope: 'openid code', name: 'code', initialAccessToken: 'token-code' }
  const settings = settingsOf(code, complete)
  expect(settings).toMatchObject({ issuer: 'https://op.test', baseUrl: 'https://app.test', ...code })
  expect(settings.store.location).toBe('the memory of this process')
})

test.each([withClient, complete])(
  'a client in the code wins over all that the environment says: %o',
  environment => {
    const client = { clientId: 'client-code' }
    expect(settingsOf({ client }, environment)).toMatchObject({ client, initialAccessToken: undefined })
  },
)

test('a client and an initial access token in the environment contradict each other', () => {
  const { message } = refusalOf({}, { ...complete, ...withClient })
  expect(message).toContain('options.initialAccessToken is for an app that registers itself')
})

test('the environment is taken when the code says undefined', () => {
  expect(buildSettings({ issuer: undefined as never }, complete).issuer).toBe('https://op.env')
})

test('the environment is that of the process, so that relyingParty() works alone', async () => {
  for (const [name, value] of Object.entries({ ...url, OIDC_STORE: await temporaryDirectory() }))
    vi.stubEnv(name, value)
  vi.stubEnv('ISSUER_BASE_URL', 'http://localhost:9')
  const rp = relyingParty({ start: 'first-use' })
  expect(rp.status()).toMatchObject({ issuer: 'http://localhost:9', state: 'starting' })
  await rp.close()
})

test.each([
  'CLIENT_ID',
  'CLIENT_SECRET',
  'OIDC_SCOPE',
  'OIDC_NAME',
  'OIDC_INITIAL_ACCESS_TOKEN',
  'OIDC_STORE',
  'OIDC_AUTHENTICATION_METHOD',
  'OIDC_DISCOVERY_URL',
  'OIDC_TENANTS',
])('counts an empty %s as absent', name => {
  const { store, ...settings } = buildSettings({}, { ...url, [name]: '' })
  const { store: usual, ...expected } = buildSettings({}, url)
  expect(withoutFunctions(settings)).toEqual(withoutFunctions(expected))
  expect(store.location).toBe(usual.location)
})

test('never makes the folder of records of a folder that holds other things', async () => {
  const home = join(await temporaryDirectory(), 'home')
  await mkdir(home, { mode: 0o755 })
  await writeFile(join(home, '.gitignore'), 'dist/\n')
  await writeFile(join(home, 'package.json'), '{}')
  const { store } = buildSettings({}, { ...url, OIDC_STORE: home })
  await expect(store.set('client:a', 'secret')).rejects.toMatchObject({
    code: 'ERR_OIDC_STORE_UNAVAILABLE',
  })
  expect(await readdir(home)).toEqual(['.gitignore', 'package.json'])
  expect(await readFile(join(home, '.gitignore'), 'utf8')).toBe('dist/\n')
})

/** Each call of `buildSettings` makes its own functions, which are never equal. */
function withoutFunctions(settings: object): object {
  const { failures: _, recent: __, ...others } = settings as Settings
  return Object.fromEntries(Object.entries(others).filter(([, value]) => typeof value !== 'function'))
}
