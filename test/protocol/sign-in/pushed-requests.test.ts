import { expect, onTestFinished } from 'vitest'
import { startProvider } from '../../../examples/provider/provider.ts'
import { type OidcErrorCode, requireAcr } from '../../../src/index.ts'
import { startApp, type TestAppOptions } from '../../support/app.ts'
import { Browser, signIn } from '../../support/browser.ts'
import { test as base, expectRefusedSignIn, expectSignIn, locationOf } from '../../support/flow.ts'
import { type Answer, html, json, reset, status } from '../../support/scripted-provider.ts'

const test = base.extend('provider', ({ provider }) => {
  provider.metadata['pushed_authorization_request_endpoint'] = `${provider.issuer}/pushed`
  return provider
})
const pushed: TestAppOptions = { relyingParty: { pushedAuthorizationRequests: true } }

test('the browser carries a reference alone, and each sign-in its own', async ({
  provider,
  start,
  browser,
}) => {
  const app = await start({
    relyingParty: { ...pushed.relyingParty, authorizationParameters: { ui_locales: 'de' } },
  })
  const references: (string | null)[] = []
  for (const _ of [1, 2]) {
    const page = await browser.open(`${app.url}/login`, { follow: false })
    const url = locationOf(page)
    expect([page.status, [...url.searchParams.keys()].sort()]).toEqual([303, ['client_id', 'request_uri']])
    expect(page.headers.get('cache-control')).toBe('no-store')
    references.push(url.searchParams.get('request_uri'))
  }
  expect(new Set(references).size).toBe(2)
  const [sent] = provider.requestsTo('pushed')
  const asked = Object.fromEntries(new URLSearchParams(sent?.body))
  expect(asked).toMatchObject({
    response_type: 'code',
    scope: 'openid profile email',
    redirect_uri: `${app.url}/callback`,
    code_challenge_method: 'S256',
    ui_locales: 'de',
  })
  expect(Object.keys(asked)).toEqual(
    expect.arrayContaining(['state', 'nonce', 'code_challenge', 'client_assertion']),
  )
  expect(asked).not.toHaveProperty('code_verifier')
  await expectSignIn({ app, browser })
})

test.for([
  [false, {}, 0],
  [true, { require_pushed_authorization_requests: true }, 1],
  [false, { require_pushed_authorization_requests: 'true' }, 0],
] as const)(
  'without the option, requests are pushed where the provider requires it: %s',
  async ([, required, sent], { provider, start, browser }) => {
    Object.assign(provider.metadata, required)
    await expectSignIn({ app: await start(), browser })
    expect(provider.requestsTo('pushed')).toHaveLength(sent)
  },
)

test.for([
  ['the option', pushed, {}],
  ['the provider', {}, { require_pushed_authorization_requests: true }],
] as const)(
  'an endpoint that %s needs and the provider has not is said at the start',
  async ([, options, required], { provider, start }) => {
    provider.metadata = {
      ...provider.metadata,
      ...required,
      pushed_authorization_request_endpoint: undefined,
    }
    const app = await start(options)
    await expect(app.rp.ready()).rejects.toMatchObject({
      code: 'ERR_OIDC_DISCOVERY_INVALID',
      message: expect.stringContaining('pushed_authorization_request_endpoint is missing.'),
    })
  },
)

const refusals: readonly (readonly [string, Answer, number, OidcErrorCode])[] = [
  [
    'does not like the request',
    status(400, { error: 'invalid_scope' }),
    400,
    'ERR_OIDC_AUTHORIZATION_FAILED',
  ],
  ['declines', status(400, { error: 'access_denied' }), 403, 'ERR_OIDC_ACCESS_DENIED'],
  [
    'cannot step up',
    status(400, { error: 'unmet_authentication_requirements' }),
    403,
    'ERR_OIDC_STEP_UP_FAILED',
  ],
  ['resets the connection', reset(), 503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'],
  ['has trouble', status(500, { error: 'server_error' }), 503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'],
  ['is asked too often', status(429, { error: 'slow_down' }), 503, 'ERR_OIDC_RATE_LIMITED'],
  ['sends a page', html(), 502, 'ERR_OIDC_ANSWER_INVALID'],
  ['refuses a client that it knows', status(401), 503, 'ERR_OIDC_CLIENT_REFUSED'],
  ['answers 200', json({ request_uri: 'urn:a', expires_in: 60 }), 502, 'ERR_OIDC_ANSWER_INVALID'],
  ['sends no reference', status(201, { expires_in: 60 }), 502, 'ERR_OIDC_ANSWER_INVALID'],
  [
    'sends a reference that has ended',
    status(201, { request_uri: 'urn:a', expires_in: -1 }),
    502,
    'ERR_OIDC_ANSWER_INVALID',
  ],
]

test.for(refusals)(
  'a provider that %s is answered for',
  async ([, answer, code, error], { provider, start, browser }) => {
    const app = await start(pushed)
    provider.answer('pushed', answer)
    await expectRefusedSignIn([code, error], { provider, app, browser }, () =>
      expect(provider.requestsTo('authorize')).toHaveLength(0),
    )
  },
)

test('a client that the provider refuses is healed, and the sign-in goes on', async ({
  provider,
  start,
  browser,
}) => {
  const metadata = { token_endpoint_auth_method: 'client_secret_basic' }
  const app = await start({ relyingParty: { pushedAuthorizationRequests: true, metadata } })
  await app.rp.ready()
  for (const client of provider.clients.values()) client['client_secret'] = 'changed by hand'
  await expectSignIn({ app, browser })
  const usual = provider.usualAnswer('pushed')
  provider.answer('pushed', (request, response) =>
    provider.clients.size > 0 ? usual(request, response) : status(401)(request, response),
  )
  provider.clients.clear()
  await expectSignIn({ app, browser: new Browser() })
  expect(provider.clients.size).toBe(1)
})

test('a reference is good once: the browser that goes back begins anew', async ({ start, browser }) => {
  const app = await start(pushed)
  const first = locationOf(await browser.open(`${app.url}/login`, { follow: false }))
  await browser.open(first.href)
  expect((await browser.open(first.href)).status).toBe(400)
  await expectSignIn({ app, browser })
})

test.for([
  ['asks for it', { require_pushed_authorization_requests: true }, {}],
  ['is granted with it', {}, { require_pushed_authorization_requests: true }],
] as const)(
  'a client that %s pushes its requests, although the provider does not require it of all',
  async ([, metadata, granted], { provider, start, browser }) => {
    const usual = provider.usualAnswer('register')
    provider.answer('register', (request, response) =>
      usual({ ...request, body: JSON.stringify({ ...JSON.parse(request.body), ...granted }) }, response),
    )
    provider.metadata['pushed_authorization_request_endpoint'] = `${provider.issuer}/pushed`
    const app = await start({ relyingParty: { metadata } })
    await expectSignIn({ app, browser })
    expect(provider.requestsTo('pushed')).toHaveLength(1)
    provider.answer('register', undefined)
    await expectSignIn({ app: await start(), browser: new Browser() })
    expect(provider.requestsTo('pushed')).toHaveLength(1)
  },
)

test('what a guard asks of the sign-in is pushed too', async ({ provider, start, browser }) => {
  const after: TestAppOptions['after'] = app =>
    app.get('/gold', requireAcr('gold'), (_req, res) => res.send('gold'))
  const app = await start({ ...pushed, after })
  await expectSignIn({ app, browser })
  const page = await browser.open(`${app.url}/gold`, { follow: false })
  expect([...locationOf(page).searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
  const sent = new URLSearchParams(provider.requestsTo('pushed').at(-1)?.body)
  expect(sent.get('acr_values')).toBe('gold')
})

test('oidc-provider takes them, and nothing else where it requires them', async () => {
  const provider = await startProvider({
    configuration: defaults =>
      ({
        ...defaults,
        features: {
          ...defaults.features,
          pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
        } as NonNullable<typeof defaults.features>,
      }) as typeof defaults,
  })
  onTestFinished(() => provider.close())
  const app = await startApp(provider.issuer)
  onTestFinished(() => app.close())
  const browser = new Browser()
  const page = await signIn(browser, `${app.url}/private`)
  expect([page.status, page.url]).toEqual([200, `${app.url}/private`])
  expect(provider.requests.filter(({ path }) => path === '/request').map(({ status: code }) => code)).toEqual(
    [201],
  )
})
