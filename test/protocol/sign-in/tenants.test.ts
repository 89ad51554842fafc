import { describe, expect, vi } from 'vitest'
import { Browser } from '../../support/browser.ts'
import { expectRefusal, expectSignIn, reachCallback, test } from '../../support/flow.ts'
import { A, answerWithoutIssuer, B, CONSUMERS, tenantProvider } from '../../support/providers/tenants.ts'

const INVALID = [400, 'ERR_OIDC_ID_TOKEN_INVALID'] as const
const NOT_HERE = [403, 'ERR_OIDC_LOGIN_REFUSED'] as const
const GUEST = 'cccccccc-0000-4000-8000-00000000000c'

type Next = ReturnType<typeof tenantProvider>['next']

const refusals: readonly (readonly [
  string,
  readonly [number, string],
  (next: Next, host: string) => void,
])[] = [
  ['of a tenant that is not listed', NOT_HERE, next => next(GUEST)],
  ['of private accounts', NOT_HERE, next => next(CONSUMERS, {}, 'consumers')],
  ["that the consumers' key has signed for a tenant", INVALID, next => next(A, {}, 'consumers')],
  ['whose tid is another tenant', INVALID, next => next(A, { tid: B })],
  ['without tid', INVALID, next => next(A, { tid: undefined })],
  ['whose tid is a list', INVALID, next => next(A, { tid: [A] })],
  ['of a tenant by its name', INVALID, next => next('common')],
  ['of a tenant in capitals', INVALID, next => next(A.toUpperCase())],
  ['whose issuer is the template itself', INVALID, next => next('{tenantid}')],
  ['whose issuer is at another host', INVALID, next => next(A, { iss: `https://evil.example/${A}/v2.0` })],
  ['whose issuer has more than the tenant', INVALID, (next, host) => next(A, { iss: `${host}/${A}/x/v2.0` })],
  ['without issuer', INVALID, next => next(A, { iss: undefined })],
  ['for another audience', INVALID, next => next(A, { aud: 'another' })],
  ['with another nonce', INVALID, next => next(A, { nonce: 'another' })],
]

describe('an ID token of a provider with tenants', () => {
  test.concurrent.for(refusals)(
    '%s signs nobody in',
    async ([, expected, prepare], { provider, start, browser }) => {
      const { options, next } = tenantProvider(provider)
      const app = await start({ relyingParty: options([A, B]) })
      prepare(next, provider.issuer)
      await expectRefusal(await browser.open(`${app.url}/private`), expected, { app, browser })
      next(A)
      await expectSignIn({ app, browser })
    },
  )

  test('of each tenant in the list signs in, under its own issuer, with one request for each', async ({
    provider,
    start,
  }) => {
    const { options, next, issuerOf } = tenantProvider(provider)
    const app = await start({ relyingParty: options([A, B, CONSUMERS]) })
    for (const [tenant, key] of [
      [A, 'common'],
      [B, 'common'],
      [CONSUMERS, 'consumers'],
    ] as const) {
      next(tenant, {}, key)
      const browser = new Browser()
      await expectSignIn({ app, browser })
      expect(await app.userOf(browser)).toMatchObject({ iss: issuerOf(tenant), tid: tenant })
    }
    expect(provider.requestsTo('token')).toHaveLength(3)
  })

  test('is admitted by a function, or not, or by one that fails', async ({ provider, start, browser }) => {
    const { options, next } = tenantProvider(provider)
    const tenants = vi.fn(async (tenant: string): Promise<boolean> => tenant === A)
    const app = await start({ relyingParty: options(tenants) })
    next(B)
    await expectRefusal(await browser.open(`${app.url}/private`), NOT_HERE, { app, browser })
    tenants.mockRejectedValueOnce(new Error('no database'))
    const undecided = [500, 'ERR_OIDC_LOGIN_UNDECIDED'] as const
    await expectRefusal(await browser.open(`${app.url}/private`), undecided, { app, browser })
    tenants.mockResolvedValueOnce('yes' as never)
    await expectRefusal(await browser.open(`${app.url}/private`), NOT_HERE, { app, browser })
    next(A)
    await expectSignIn({ app, browser })
    expect(tenants).toHaveBeenLastCalledWith(A)
  })

  test('is not even looked at where its tenant cannot be verified', async ({ provider, start, browser }) => {
    const { options, next } = tenantProvider(provider)
    const tenants = vi.fn(() => true)
    const app = await start({ relyingParty: options(tenants) })
    next(A, {}, 'consumers')
    await expectRefusal(await browser.open(`${app.url}/private`), INVALID, { app, browser })
    expect(tenants).not.toHaveBeenCalled()
  })
})

describe('the iss of an authorization response', () => {
  test.for([
    ['another tenant', B],
    ['no tenant', 'common'],
  ] as const)(
    'of %s is refused, and that of the token is not',
    async ([, tenant], { provider, start, browser }) => {
      const { options, next, issuerOf } = tenantProvider(provider)
      const app = await start({ relyingParty: options([A, B]) })
      next(A)
      answerWithoutIssuer(provider, issuerOf(tenant))
      const mismatch = [400, 'ERR_OIDC_ISSUER_MISMATCH'] as const
      await expectRefusal(await browser.open(`${app.url}/private`), mismatch, { app, browser })
      answerWithoutIssuer(provider, issuerOf(A))
      await expectSignIn({ app, browser })
    },
  )
})

test('a code that is refused is an error of the code, and the provider gets it once', async ({
  provider,
  start,
  browser,
}) => {
  const { options, next } = tenantProvider(provider)
  const app = await start({ relyingParty: options([A]) })
  next(A)
  const callback = await reachCallback(browser, app)
  provider.codes.clear()
  await expectRefusal(await browser.open(callback.href), [400, 'ERR_OIDC_CODE_REFUSED'], { app, browser })
  expect(provider.requestsTo('token')).toHaveLength(1)
})

describe('a document that is not below its issuer', () => {
  const GUID = 'dddddddd-0000-4000-8000-00000000000d'

  test('is read at discoveryUrl, and queries of endpoints are kept', async ({ provider, start, browser }) => {
    const issuer = `${provider.issuer}/${GUID}/v2.0/` // providers.md §2, 4
    Object.assign(provider.metadata, {
      issuer,
      authorization_endpoint: `${provider.issuer}/authorize?p=b2c_1_in`,
      token_endpoint: `${provider.issuer}/token?p=b2c_1_in`,
      jwks_uri: `${provider.issuer}/jwks?p=b2c_1_in`,
      authorization_response_iss_parameter_supported: undefined,
    })
    answerWithoutIssuer(provider)
    provider.idToken = (claims, header) => ({ claims: { ...claims, iss: issuer }, header })
    const metadata = { token_endpoint_auth_method: 'client_secret_post' }
    const discoveryUrl = `${provider.issuer}/.well-known/openid-configuration?p=b2c_1_in`
    await expectSignIn({ app: await start({ relyingParty: { issuer, discoveryUrl, metadata } }), browser })
    for (const endpoint of ['discovery', 'authorize', 'token', 'jwks'] as const)
      expect(provider.requestsTo(endpoint).map(({ query }) => query.get('p'))).toContain('b2c_1_in')

    const other = await start({ relyingParty: { issuer: issuer.replace('d', 'e'), discoveryUrl } })
    await expect(other.rp.ready()).rejects.toMatchObject({ code: 'ERR_OIDC_DISCOVERY_INVALID' })
  })
})
