import { describe, expect, vi } from 'vitest'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import type { TestApp } from '../../support/app.ts'
import { test } from '../../support/flow.ts'
import { A, B, CONSUMERS, tenantProvider } from '../../support/providers/tenants.ts'
import { apiApp, audience, call } from '../../support/tokens/bearer.ts'

const GUEST = 'cccccccc-0000-4000-8000-00000000000c'
const INVALID = [401, 'ERR_OIDC_BEARER_TOKEN_INVALID'] as const
const now = (): number => Math.floor(Date.now() / 1_000)
const bearer = { introspection: 'never', allowUntypedTokens: true } as const

type Issue = ReturnType<typeof tenantProvider>['accessToken']

async function expectRefused(
  app: TestApp,
  token: string,
  expected: readonly [number, string] = INVALID,
): Promise<void> {
  const answer = await call(app, '/api', token)
  expect([answer.status, answer.body.error], app.log.join('\n')).toEqual(expected)
  const { body } = await call(app, '/who', token)
  expect(body).toEqual({ isAuthenticated: false, claims: null, scope: null, user: null })
}

async function expectAccepted(app: TestApp, token: string): Promise<void> {
  expect((await call(app, '/api', token)).status, app.log.join('\n')).toBe(200)
}

const refusals: readonly (readonly [
  string,
  (issue: Issue, host: string) => Promise<string>,
  said: string,
])[] = [
  ['of a tenant that is not listed', issue => issue(GUEST), 'options.tenants does not admit its tenant'],
  ['of a private account', issue => issue(CONSUMERS, {}, 'consumers'), 'options.tenants does not admit'],
  ["that the consumers' key has signed for a tenant", issue => issue(A, {}, 'consumers'), 'no key'],
  ['whose tid is another tenant', issue => issue(A, { tid: B }), 'tid is not the tenant of iss'],
  ['without tid', issue => issue(A, { tid: undefined }), 'tid is not the tenant of iss'],
  ['whose tid is a list', issue => issue(A, { tid: [A] }), 'tid is not the tenant of iss'],
  ['whose tid is in capitals', issue => issue(A, { tid: A.toUpperCase() }), 'tid is not the tenant of iss'],
  ['of a tenant by its name', issue => issue('common'), 'iss does not fit'],
  ['of a tenant in capitals', issue => issue(A.toUpperCase()), 'iss does not fit'],
  ['whose issuer is the template itself', issue => issue('{tenantid}'), 'iss does not fit'],
  [
    'whose issuer is at another host',
    issue => issue(A, { iss: `https://evil.example/${A}/v2.0` }),
    'iss does not fit',
  ],
  [
    'whose issuer has more than the tenant',
    (issue, host) => issue(A, { iss: `${host}/${A}/x/v2.0` }),
    'iss does not fit',
  ],
  ['whose issuer is a list', (issue, host) => issue(A, { iss: [`${host}/${A}/v2.0`] }), 'iss does not fit'],
  ['without issuer', issue => issue(A, { iss: undefined }), 'iss does not fit'],
  [
    'of version 1.0',
    issue =>
      issue(A, {
        iss: `https://sts.windows.net/${A}/`,
        ver: '1.0',
        azp: undefined,
        azpacr: undefined,
        appid: '75dbe77f-10a3-4e59-85fd-8c127544f17c',
        appidacr: '0',
      }),
    'iss does not fit',
  ],
  ['for another audience', issue => issue(A, { aud: 'https://graph.microsoft.com' }), 'aud is'],
  ['that has expired', issue => issue(A, { exp: now() - 31 }), 'it has expired'],
  ['without azp', issue => issue(A, { azp: undefined }), 'client_id is missing'],
  ['without azpacr', issue => issue(A, { azpacr: undefined }), 'client_id is missing'],
  ['whose azpacr is a number', issue => issue(A, { azpacr: 1 }), 'client_id is missing'],
  ['with a nonce', issue => issue(A, { nonce: 'n' }), 'it is an ID token'],
  ['without a signature', issue => issue(A, {}, 'common', { alg: 'none' }), 'alg is not accepted'],
]

describe('an access token at a provider with tenants', () => {
  test.concurrent.for(refusals)('%s is refused', async ([, wrong, said], { provider, start }) => {
    const { options, accessToken } = tenantProvider(provider)
    const app = await start(apiApp(bearer, { relyingParty: options([A, B]) }))
    await expectRefused(app, await wrong(accessToken, provider.issuer))
    expect(app.log.join('\n')).toContain(said)
    await expectAccepted(app, await accessToken(A))
  })

  test('of each tenant in the list passes, under its own issuer', async ({ provider, start }) => {
    const { options, accessToken, issuerOf } = tenantProvider(provider)
    const app = await start(apiApp(bearer, { relyingParty: options([A, B, CONSUMERS]) }))
    for (const [tenant, key] of [
      [A, 'common'],
      [B, 'common'],
      [CONSUMERS, 'consumers'],
    ] as const) {
      const token = await accessToken(tenant, {}, key)
      const { body } = await call(app, '/api', token)
      expect(body, app.log.join('\n')).toMatchObject({ iss: issuerOf(tenant), tid: tenant, roles: ['admin'] })
      expect((await call(app, '/who', token)).body).toMatchObject({
        isAuthenticated: true,
        scope: 'read write',
        claims: { aud: audience, azp: '6e74172b-be56-4843-9ff4-e66a39bb12e3' },
      })
    }
  })

  test('passes with its type and client_id, and only so unless others are allowed', async ({
    provider,
    start,
  }) => {
    const { options, accessToken } = tenantProvider(provider)
    const app = await start(apiApp({ introspection: 'never' }, { relyingParty: options([A]) }))
    const named = { azp: undefined, azpacr: undefined, client_id: 'some-client' }
    await expectRefused(app, await accessToken(A, named))
    await expectRefused(app, await accessToken(B, named, 'common', { typ: 'at+jwt' }))
    await expectAccepted(app, await accessToken(A, named, 'common', { typ: 'at+jwt' }))
  })

  test('is admitted by a function, or not, or by one that fails', async ({ provider, start }) => {
    const { options, accessToken } = tenantProvider(provider)
    const tenants = vi.fn(async (tenant: string): Promise<boolean> => tenant === A)
    const app = await start(apiApp(bearer, { relyingParty: options(tenants) }))
    const token = await accessToken(A)
    await expectRefused(app, await accessToken(B))
    tenants.mockRejectedValueOnce(new Error('no database')).mockRejectedValueOnce(new Error('none'))
    await expectRefused(app, token, [500, 'ERR_OIDC_LOGIN_UNDECIDED'])
    tenants.mockResolvedValueOnce('yes' as never).mockResolvedValueOnce('yes' as never)
    await expectRefused(app, token)
    await expectAccepted(app, token)
    expect(tenants).toHaveBeenLastCalledWith(A)
  })

  test('is not even looked at by that function before it is verified', async ({ provider, start }) => {
    const { options, accessToken } = tenantProvider(provider)
    const tenants = vi.fn(() => true)
    const app = await start(apiApp(bearer, { relyingParty: options(tenants) }))
    const [header, , signature] = (await accessToken(A)).split('.')
    const [, claims] = (await accessToken(A, { sub: 'admin' })).split('.')
    for (const wrong of [
      [header, claims, signature].join('.'),
      await accessToken(A, {}, 'consumers'),
      await accessToken(A, { tid: B }),
      await accessToken(A, { aud: 'another' }),
      await accessToken(A, { exp: now() - 31 }),
    ])
      await expectRefused(app, wrong)
    expect(tenants).not.toHaveBeenCalled()
    await expectAccepted(app, await accessToken(A))
    expect(tenants).toHaveBeenCalledTimes(1)
  })

  test('of another provider makes nobody fetch the keys', async ({ provider, start }) => {
    const { options, accessToken } = tenantProvider(provider)
    const app = await start(apiApp(bearer, { relyingParty: options([A]) }))
    await expectAccepted(app, await accessToken(A))
    const before = provider.requestsTo('jwks').length
    for (let sent = 0; sent < 5; sent++)
      await expectRefused(app, await accessToken(A, { iss: `https://sts.windows.net/${A}/` }))
    expect(provider.requestsTo('jwks')).toHaveLength(before)
  })

  test('that is opaque is refused, and nobody is asked about it', async ({ provider, start }) => {
    const { options, accessToken } = tenantProvider(provider)
    Object.assign(provider.metadata, { introspection_endpoint: `${provider.issuer}/introspect` })
    const app = await start(apiApp(bearer, { relyingParty: options([A]) }))
    await expectRefused(app, 'opaque')
    expect(provider.requests.filter(({ path }) => path.includes('introspect'))).toEqual([])
    await expectAccepted(app, await accessToken(A))
  })
})

test('an ID token of a tenant is refused, even where it is the audience', async ({
  provider,
  start,
  browser,
}) => {
  const { options, next, accessToken } = tenantProvider(provider)
  const clientId = 'made-by-hand'
  const { issuer, discoveryUrl, tenants } = options([A]) as Required<RelyingPartyOptions>
  const client = { clientId, clientSecret: 'secret' }
  const relyingParty = { issuer, discoveryUrl, tenants, client }
  const app = await start(apiApp({ ...bearer, audience: clientId }, { relyingParty }))
  provider.clients.set(clientId, {
    client_id: clientId,
    client_secret: 'secret',
    redirect_uris: [`${app.url}/callback`],
  })
  const issued: string[] = []
  provider.tokenResponse = body => {
    issued.push(String(body.id_token))
    return body
  }
  next(A)
  await browser.open(`${app.url}/login`)
  expect(issued).toHaveLength(1)
  await expectRefused(app, issued[0] ?? '')
  await expectAccepted(app, await accessToken(A, { aud: clientId }))
})
