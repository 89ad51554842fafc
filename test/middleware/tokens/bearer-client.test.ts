import { expect } from 'vitest'
import { test } from '../../support/flow.ts'
import { test as atHydra } from '../../support/hydra-flow.ts'
import { json } from '../../support/scripted-provider.ts'
import { apiApp, audience, call } from '../../support/tokens/bearer.ts'

const active = (): object => {
  const now = Math.floor(Date.now() / 1_000)
  return { active: true, sub: 'user-1', aud: audience, exp: now + 600, iat: now }
}

atHydra.for([
  ['with an error code', '{"error":"invalid_client"}'],
  ['with nothing but the status', ''],
] as const)(
  'a client that is refused at the introspection %s is healed, and the token passes',
  async ([, refusal], { hydra, start }) => {
    const metadata = { token_endpoint_auth_method: 'client_secret_basic' }
    const endpoints = { introspection_endpoint: `${hydra.issuer}/admin/oauth2/introspect` }
    const app = await start({
      issuer: hydra.issuer,
      ...apiApp({}, { relyingParty: { endpoints, metadata } }),
    })
    await app.rp.ready()
    const [before = ''] = hydra.clients.keys()
    hydra.deleteClient(before)
    const askedBy: (string | undefined)[] = []
    hydra.answer('introspect', async (request, response) => {
      const [, credentials = ''] = request.headers.authorization?.split(' ') ?? []
      const clientId = decodeURIComponent(Buffer.from(credentials, 'base64').toString().split(':')[0] ?? '')
      askedBy.push(clientId)
      if (hydra.clients.has(clientId)) await json(active())(request, response)
      else response.writeHead(401, refusal ? { 'content-type': 'application/json' } : {}).end(refusal)
    })
    expect((await call(app, '/api', 'opaque')).status).toBe(200)
    expect(askedBy).toEqual([before, [...hydra.clients.keys()][0]])
  },
)

atHydra(
  'Hydra’s JWTs pass where tokens without their type are allowed, its ID tokens never',
  async ({ hydra, start }) => {
    const now = Math.floor(Date.now() / 1_000)
    const common = { iss: hydra.issuer, sub: 'user-1', aud: [audience], iat: now, exp: now + 600, jti: 'a' }
    const access = await hydra.sign({
      ...common,
      client_id: 'c',
      nbf: now,
      scp: ['read'],
      ext: { roles: ['admin'] },
    })
    const id = await hydra.sign({ ...common, auth_time: now, rat: now, sid: 's', at_hash: 'h' })
    const strict = await start({ issuer: hydra.issuer, ...apiApp() })
    const lax = await start({ issuer: hydra.issuer, ...apiApp({ allowUntypedTokens: true }) })
    const statuses = []
    for (const app of [strict, lax])
      for (const token of [access, id]) statuses.push((await call(app, '/api/read', token)).status)
    expect(statuses).toEqual([401, 401, 200, 401])
  },
)

test.for([
  ['always', 'rejects'],
  ['opaque', 'resolves'],
] as const)('a provider without introspection: %s', async ([introspection, outcome], { start }) => {
  const app = await start(apiApp({ introspection }))
  if (outcome === 'resolves') {
    await app.rp.ready()
    const answer = await call(app, '/api', 'opaque')
    return expect([answer.status, answer.body.error]).toEqual([401, 'ERR_OIDC_BEARER_TOKEN_INVALID'])
  }
  await expect(app.rp.ready()).rejects.toMatchObject({
    code: 'ERR_OIDC_DISCOVERY_INVALID',
    message: expect.stringContaining('introspection_endpoint is missing.'),
  })
})

test('never asks the provider where that is switched off', async ({ provider, start }) => {
  provider.metadata['introspection_endpoint'] = `${provider.issuer}/introspect`
  const app = await start(apiApp({ introspection: 'never' }))
  expect((await call(app, '/api', 'opaque')).status).toBe(401)
  expect(provider.requests.filter(({ path }) => path === '/introspect')).toEqual([])
})
