import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import makeExpress, { type Express } from 'express'
import { describe, expect, onTestFinished } from 'vitest'
import { memoryStore, type RelyingPartyOptions, relyingParty, requireUser } from '../../../src/index.ts'
import { stopClock } from '../../support/clock.ts'
import { json } from '../../support/scripted-provider.ts'
import { accessToken, apiApp, audience, call } from '../../support/tokens/bearer.ts'
import { expectRefused, PROOF, TOKEN, test } from '../../support/tokens/bearer-dpop-flow.ts'

stopClock()

describe('the URL of a proof is that of the app,', () => {
  test('whatever a proxy in front makes of host and path', async ({ start, program, token }) => {
    const app = await start(apiApp({}, { baseUrl: () => 'https://app.example/shop' }))
    const headers = { host: 'internal:8080', 'x-forwarded-host': 'evil.example' }
    const url = 'https://app.example/shop/api'
    await program.call(app, '/api', token, { url, headers })
    expect((await program.call(app, '/api?page=1', token, { url, headers })).status).toBe(200)
    const others = [
      'https://evil.example/api',
      'http://internal:8080/api',
      `${app.url}/api`,
      'https://app.example/api',
    ]
    for (const other of others)
      expect((await program.call(app, '/api', token, { url: other, headers })).status).toBe(401)
  })

  test('with default port, query and fragment left out of the comparison', async ({
    start,
    program,
    token,
  }) => {
    const app = await start(apiApp({}, { baseUrl: () => 'https://app.example' }))
    await program.call(app, '/api', token)
    for (const htu of [
      'https://APP.example:443/api',
      'https://app.example/api?x=1#y',
      'https://app.example/x/../api',
    ])
      expect((await program.call(app, '/api', token, { claims: { htu } })).status).toBe(200)
  })

  test('even if the path names another host', async ({ start, program, token }) => {
    const tell = (express: Express): void => {
      express.use((req, res) => void res.json({ isAuthenticated: req.oidc.isAuthenticated }))
    }
    const app = await start(apiApp({}, { after: tell }))
    await program.call(app, '/none', token)
    const path = '//evil.example/none'
    const passes = async (url: string): Promise<unknown> =>
      (await program.call(app, path, token, { url })).body.isAuthenticated
    expect(await passes('http://evil.example/none')).toBe(false)
    expect(await passes(app.url + path)).toBe(true)
  })

  test('with the path at which the middleware is mounted', async ({ provider, program, token }) => {
    const express = makeExpress()
    const options = { issuer: provider.issuer, store: memoryStore(), log: false } as const
    const rp = relyingParty({
      ...options,
      baseUrl: 'https://app.example/shop',
      bearer: { audience, tokensOnly: true },
    })
    express.use('/behind', rp)
    express.get('/behind/api', requireUser(), (_req, res) => void res.send('passed'))
    const server = createServer(express).listen(0)
    onTestFinished(async () => {
      server.close()
      await rp.close()
    })
    const app = { url: `http://localhost:${(server.address() as AddressInfo).port}` }
    const statusFor = async (url: string): Promise<number> =>
      (await program.call(app, '/behind/api', token, { url })).status
    await statusFor(app.url)
    expect(await statusFor('https://app.example/shop/api')).toBe(200)
    expect(await statusFor('https://app.example/shop/behind/api')).toBe(401)
  })
})

describe('the header DPoP', () => {
  test.for([
    ['is missing', []],
    ['is empty', ['']],
    ['is no JWT', ['abc']],
    ['is there twice', ['right', 'right']],
    ['holds two proofs', ['right, right']],
  ] as const)('that %s is refused', async ([, headers], { api, program, token }) => {
    const right = await program.proof({ url: `${api.url}/api`, token })
    const proofs = headers.map(header => header.replaceAll('right', right))
    expectRefused(await program.call(api, '/api', token, { proofs }), api, PROOF)
    expect((await program.call(api, '/api', token)).status).toBe(200)
  })
})

describe('introspection', () => {
  test('says which key a token is bound to', async ({ start, provider, program }) => {
    const now = Math.floor(Date.now() / 1_000)
    const active = { active: true, sub: 'user-1', aud: audience, exp: now + 60, iat: now, client_id: 'c' }
    const cnf = { jkt: program.jkt }
    Object.assign(provider.metadata, { introspection_endpoint: `${provider.issuer}/revoke` })
    const app = await start(apiApp())
    const tell = (answer: object): void => provider.answer('revoke', json({ ...active, ...answer }))
    tell({ cnf })
    await program.call(app, '/api', 'opaque')
    expect((await program.call(app, '/api', 'opaque')).status).toBe(200)
    expectRefused(await call(app, '/api', 'opaque'), app, TOKEN, 'Bearer')
    tell({ cnf, token_type: 'DPoP' })
    expect((await program.call(app, '/api', 'opaque-2')).status).toBe(200)
    const wrong = [{ token_type: 'DPoP' }, { cnf, token_type: 'mac' }, { cnf: { jkt: 'another' } }, {}]
    for (const [index, answer] of wrong.entries()) {
      tell(answer)
      expect((await program.call(app, '/api', `wrong-${index}`)).status).toBe(401)
    }
  })
})

test('an app whose own tokens are bound names the scheme DPoP first', async ({ start, provider }) => {
  Object.assign(provider.metadata, { dpop_signing_alg_values_supported: ['ES256'] })
  const app = await start(
    apiApp({}, { relyingParty: { metadata: { dpop_bound_access_tokens: true } } as RelyingPartyOptions }),
  )
  const challenge = (await call(app, '/api')).headers['www-authenticate']
  expect(challenge).toMatch(/^DPoP realm="[^"]+", algs="[^"]+", Bearer realm="[^"]+", Session realm="[^"]+"$/)
  expect((await call(app, '/api', await accessToken(provider))).status).toBe(200)
})
