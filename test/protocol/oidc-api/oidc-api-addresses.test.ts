import { inspect } from 'node:util'
import { describe, expect } from 'vitest'
import { type ClientInformation, OidcApi } from '../../../src/index.ts'
import { test } from '../../support/hydra-flow.ts'
import { credentials, REDIRECT_URI } from '../../support/providers/operations.ts'
import { type Answer, hang, json } from '../../support/scripted-provider.ts'

const asked = { redirect_uris: [REDIRECT_URI] }

describe('where a client is registered', () => {
  test('is {issuer}/oauth2/register when discovery does not say it', async ({ hydra }) => {
    await new OidcApi({ issuer: hydra.issuer }).createOidcDynamicClient(asked)
    expect(hydra.requestsTo('register').map(({ path }) => path)).toEqual(['/oauth2/register'])
  })

  test('is what discovery says', async ({ provider }) => {
    const api = new OidcApi({ issuer: provider.issuer })
    await api.createOidcDynamicClient(asked)
    expect(provider.requestsTo('register').map(({ path }) => path)).toEqual(['/register'])
  })

  test('is the option, against what discovery says', async ({ hydra }) => {
    hydra.registration = { enabled: true, advertised: `${hydra.issuer}/nowhere` }
    const wrong = new OidcApi({ issuer: hydra.issuer })
    await expect(wrong.createOidcDynamicClient(asked)).rejects.toMatchObject({ providerStatus: 404 })
    const registrationEndpoint = `${hydra.issuer}/oauth2/register`
    const api = new OidcApi({ issuer: hydra.issuer, registrationEndpoint })
    const client = await api.createOidcDynamicClient(asked)
    expect(await api.getOidcDynamicClient(client)).toMatchObject({ client_id: client.client_id })
  })
})

describe('where a client is managed', () => {
  test('is where its registration said', async ({ provider }) => {
    const api = new OidcApi({ issuer: provider.issuer })
    const client = await api.createOidcDynamicClient(asked)
    await api.getOidcDynamicClient({ ...client, client_id: 'another' })
    expect(provider.requestsTo('client').map(({ path }) => path)).toEqual([`/register/${client.client_id}`])
  })

  // django-oauth-toolkit 3.4.1 manages clients only at an address that ends in a slash (keycloak.md, Others).
  test.for(['/register/client-1/', '/manage?client=client-1', '/register/client-1'])(
    'is exactly the given address %s, also if the registration endpoint was configured',
    async (path, { provider }) => {
      const client = { ...credentials, registration_client_uri: `${provider.issuer}${path}` }
      for (const registrationEndpoint of [undefined, `${provider.issuer}/register/`]) {
        const api = new OidcApi({
          issuer: provider.issuer,
          ...(registrationEndpoint === undefined ? {} : { registrationEndpoint }),
        })
        await api.getOidcDynamicClient(client).catch(() => undefined)
        await api.deleteOidcDynamicClient(client).catch(() => undefined)
      }
      const sent = provider.requests.filter(({ headers }) => headers.authorization !== undefined)
      expect(sent.map(request => request.path.split('?')[0])).toEqual(Array(4).fill(path.split('?')[0]))
    },
  )

  test('is never on another origin', async ({ provider }) => {
    const elsewhere = { ...credentials, registration_client_uri: 'https://public.example/register/client-1/' }
    await expect(
      new OidcApi({ issuer: provider.issuer }).getOidcDynamicClient(elsewhere),
    ).rejects.toMatchObject({
      code: 'ERR_OIDC_CLIENT_METADATA_INVALID',
      message: expect.stringContaining('registration_client_uri must be at'),
    })
    expect(provider.requests.filter(({ headers }) => headers.authorization !== undefined)).toEqual([])
  })

  test('is below where it was registered, if the registration did not say', async ({ hydra }) => {
    const api = new OidcApi({ issuer: hydra.issuer })
    const { registration_client_uri: _, ...client } = await api.createOidcDynamicClient(asked)
    expect(await api.getOidcDynamicClient(client)).toMatchObject({ client_id: client.client_id })
    await api.getOidcDynamicClient({ ...client, client_id: 'a/b?c#d' }).catch(() => undefined)
    expect(hydra.requests.at(-1)?.path).toBe('/oauth2/register/a%2Fb%3Fc%23d')
  })

  test('stays where it was, whatever later answers say', async ({ provider, hydra }) => {
    const evil = 'https://evil.example/register/client-1'
    const api = new OidcApi({ issuer: provider.issuer })
    provider.answer('client', json({ registration_client_uri: evil, registration_access_token: 'new' }))
    const uri = `${provider.issuer}/register/client-1`
    const client: ClientInformation = { ...credentials, registration_client_uri: uri }
    const answers = [await api.getOidcDynamicClient(client), await api.setOidcDynamicClient(client, asked)]
    const expected = { registration_client_uri: uri, registration_access_token: 'new' }
    for (const answer of answers) expect(answer).toMatchObject(expected)

    // Hydra repeats what it is sent.
    const atHydra = new OidcApi({ issuer: hydra.issuer })
    const created = await atHydra.createOidcDynamicClient(asked)
    const changed = await atHydra.setOidcDynamicClient(created, { ...asked, registration_client_uri: evil })
    expect(changed.registration_client_uri).toBe(created.registration_client_uri)
  })

  test('is not learnt from an answer that came later', async ({ provider }) => {
    const evil = 'https://evil.example/register/client-1'
    provider.answer('client', json({ registration_client_uri: evil }))
    const api = new OidcApi({ issuer: provider.issuer })
    const { registration_client_uri: uri } = await api.getOidcDynamicClient(credentials)
    expect(uri).not.toBe(evil)
  })
})

describe('an answer', () => {
  test('without credentials leaves the known ones', async ({ provider }) => {
    provider.answer('client', json({ client_id: 'client-1', client_secret: '', client_name: 'One' }))
    const client = await new OidcApi({ issuer: provider.issuer }).getOidcDynamicClient(credentials)
    expect(client).toEqual({ ...credentials, client_name: 'One' })
  })

  test('with a new secret and token replaces them', async ({ provider }) => {
    const news = { client_secret: 'new', registration_access_token: 'newer', client_secret_expires_at: 9 }
    provider.answer('client', json({ client_id: 'client-1', ...news }))
    const client = await new OidcApi({ issuer: provider.issuer }).setOidcDynamicClient(credentials, asked)
    expect(client).toMatchObject(news)
  })

  test.for([
    ['registration_access_token', { token: 1 }],
    ['registration_access_token', 42],
    ['client_secret', 42],
    ['client_secret', ['new']],
  ] as const)('with a %s that is %o does not lose the good one', async ([member, value], { provider }) => {
    provider.answer('client', json({ client_id: 'client-1', [member]: value }))
    const api = new OidcApi({ issuer: provider.issuer })
    const client = await api.getOidcDynamicClient(credentials).catch(error => error)
    if (client instanceof Error) expect(client).toMatchObject({ code: 'ERR_OIDC_ANSWER_INVALID' })
    else expect(client[member]).toBe(credentials[member])
  })
})

describe('the deadline', () => {
  test('holds for every operation, a sign-out that is followed too', async ({ provider }) => {
    provider.answer('endSession', hang())
    const api = new OidcApi({ issuer: provider.issuer, timeout: 0.3 })
    const began = Date.now()
    await expect(api.revokeOidcSession({ follow: true })).rejects.toMatchObject({
      operation: 'revokeOidcSession',
    })
    expect(Date.now() - began).toBeLessThan(2_000)
  })
})

test.for(['https://evil.example:99999/', 'http://[', 'https://'])(
  'a sign-out that is redirected to %j is refused, without the ID token in the error',
  async (location, { provider }) => {
    const sendTo =
      (target: string): Answer =>
      (_request, response) =>
        void response.writeHead(302, { location: target }).end()
    provider.answer('endSession', sendTo(location))
    const api = new OidcApi({ issuer: provider.issuer })
    const request = { idTokenHint: 'canary-token', follow: true }
    const error: unknown = await api.revokeOidcSession(request).catch(thrown => thrown)
    expect(error).toMatchObject({ code: 'ERR_OIDC_ANSWER_INVALID', operation: 'revokeOidcSession' })
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary')
    provider.answer('endSession', sendTo('/signed-out'))
    expect((await api.revokeOidcSession(request)).location).toBe(`${provider.issuer}/signed-out`)
  },
)

test.for([
  ['must be an object', undefined],
  ['must be an object', null],
  ['fetch must be a function', { fetch: 'fetch' }],
  ['allowInsecureIssuer must be true or false', { allowInsecureIssuer: 'true' }],
] as const)('an option of another type is refused: %s, not %j', ([rule, wrong]) => {
  const options = wrong && { issuer: 'https://op.example', ...wrong }
  expect(() => new OidcApi(options as never)).toThrow(
    expect.objectContaining({ code: 'ERR_OIDC_INVALID_OPTION', message: expect.stringContaining(rule) }),
  )
})
