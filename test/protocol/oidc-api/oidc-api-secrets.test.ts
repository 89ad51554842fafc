import { describe, expect } from 'vitest'
import { type ClientInformation, OidcApi, type OidcApiOptions } from '../../../src/index.ts'
import { test } from '../../support/flow.ts'
import {
  addressOf,
  CANARY,
  credentials,
  failureOf,
  managements,
  operations,
  REDIRECT_URI,
  shownOf,
} from '../../support/providers/operations.ts'
import { type Answer, type ScriptedProvider, scriptedProvider } from '../../support/scripted-provider.ts'

/** Answers with everything that was sent, as frameworks do in their own 404. */
const echo: Answer = ({ method, path, query, headers, body }, response) => {
  const said = [method, `${path}?${query.toString()}`, headers.authorization, body].join(' ')
  const error = { error: said, error_description: decodeURIComponent(said.replaceAll('+', ' ')) }
  response.writeHead(404, { 'content-type': 'application/json' }).end(JSON.stringify(error))
}

/** Fails as `node-fetch` does, whose message has the whole URL, and tells the headers too. */
const tellingFetch: typeof globalThis.fetch = async (url, init) => {
  if (addressOf(url).includes('.well-known')) return fetch(url, init)
  throw new Error(`request to ${addressOf(url)} failed: ${JSON.stringify(init?.headers)}`, {
    cause: new Error(addressOf(url)),
  })
}

const apiOf = ({ issuer }: ScriptedProvider, options: Partial<OidcApiOptions> = {}): OidcApi =>
  new OidcApi({ issuer, ...options })
const sendsSecrets = operations.filter(({ kind }) => kind !== 'discovery')
const ways = sendsSecrets.flatMap(operation =>
  managements
    .filter((_, index) => operation.endpoint === 'client' || index === 0)
    .map(managedWith => [operation.name, managedWith, operation] as const),
)

/** Neither the secrets nor the headers made of them. */
function expectNoSecret(error: unknown, provider: ScriptedProvider): void {
  const sent = provider.requests.flatMap(({ headers }) => headers.authorization?.split(' ')[1] ?? [])
  const basic = Buffer.from(`${credentials.client_id}:`).toString('base64').slice(0, 10)
  const shown = shownOf(error)
  for (const secret of [CANARY, basic, ...sent]) expect.soft(shown).not.toContain(secret)
}

describe('no secret is shown', () => {
  test.for(ways)(
    'by %s with %s whose answer repeats it',
    async ([, managedWith, operation], { provider }) => {
      provider.answer(operation.endpoint, echo)
      const error = await failureOf(() => operation.call(apiOf(provider, { managedWith })))
      expect(error).toMatchObject({ operation: operation.name, providerStatus: 404 })
      expectNoSecret(error, provider)
    },
  )

  test.for(ways)(
    'by %s with %s when a fetch of the app tells what it sent',
    async ([, managedWith, operation], { provider }) => {
      const error = await failureOf(() =>
        operation.call(apiOf(provider, { managedWith, fetch: tellingFetch })),
      )
      expect(error).toMatchObject({ operation: operation.name })
      expectNoSecret(error, provider)
    },
  )

  const broken = `${CANARY}\nsecond line`
  test.for<readonly [string, (api: OidcApi) => Promise<unknown>]>([
    ['an initial access token', api => api.createOidcDynamicClient({}, { initialAccessToken: broken })],
    [
      'a registration access token',
      api => api.getOidcDynamicClient({ ...credentials, registration_access_token: broken }),
    ],
    ['an access token', api => api.getOidcUserInfo(broken)],
  ])('by the error of %s with a line break', async ([, call], { provider }) => {
    const error = await failureOf(() => call(apiOf(provider)))
    expect(String(error['code'])).toMatch(/^ERR_OIDC_/)
    expectNoSecret(error, provider)
  })

  test('by the API itself, nor by the address of a client that may not be contacted', async ({
    provider,
  }) => {
    const client = { ...credentials, registration_client_uri: `https://evil.example/${CANARY}` }
    const api = apiOf(provider)
    expectNoSecret(await failureOf(() => api.getOidcDynamicClient(client)), provider)
    expectNoSecret(api, provider)
  })
})

describe('a secret goes nowhere', () => {
  const foreign: readonly (readonly [string, string])[] = [
    ['another host', 'https://evil.example/register/client-1'],
    ['another port', 'http://127.0.0.1:9/register/client-1'],
    ['another scheme', 'ftp://127.0.0.1/register/client-1'],
    ['a name in front of an at sign', 'http://127.0.0.1@evil.example/register/client-1'],
    ['what is no URL', 'register/client-1'],
    ['nothing', ''],
  ]

  test.for(foreign)('with registration_client_uri at %s', async ([, uri], { provider }) => {
    const asked: string[] = []
    const counting: typeof globalThis.fetch = (url, init) => {
      asked.push(addressOf(url))
      return fetch(url, init)
    }
    const api = apiOf(provider, { fetch: counting })
    const client: ClientInformation = { ...credentials, registration_client_uri: uri }
    const calls = [
      () => api.getOidcDynamicClient(client),
      () => api.setOidcDynamicClient(client, { redirect_uris: [REDIRECT_URI] }),
      () => api.deleteOidcDynamicClient(client),
    ]
    for (const call of calls) expect((await failureOf(call))['code']).toBe('ERR_OIDC_CLIENT_METADATA_INVALID')
    expect(asked.filter(url => !url.includes('.well-known'))).toEqual([])
  })

  test('when a redirect leads elsewhere', async ({ provider, onTestFinished }) => {
    const other = await scriptedProvider()
    onTestFinished(() => other.close())
    for (const operation of sendsSecrets) {
      provider.answer(
        operation.endpoint,
        (_request, response) =>
          void response.writeHead(308, { location: `${other.issuer}/register/client-1` }).end(),
      )
      await failureOf(() => operation.call(apiOf(provider)))
    }
    expect(other.requests).toEqual([])
  })

  test.for<readonly [string, Partial<OidcApiOptions> & Readonly<Record<string, unknown>>]>([
    ['managedWith', { managedWith: 'private_key_jwt' as never }],
    ['registrationEndpoint', { registrationEndpoint: 'register' }],
    ['registrationEndpoint', { registrationEndpoint: 'http://op.example/register' }],
    ['timeout', { timeout: Number.NaN }],
    ['timeout', { timeout: 5_000 }],
  ])('with an option %s that cannot be right: %o', async ([name, options], { provider }) => {
    const error = await failureOf(async () => apiOf(provider, options).getOidcDynamicClient(credentials))
    expect(error).toMatchObject({
      code: 'ERR_OIDC_INVALID_OPTION',
      message: expect.stringContaining(`options.${name}`),
    })
    expect(provider.requestsTo('client')).toEqual([])
  })
})
