import { describe, expect } from 'vitest'
import { memoryStore, type RelyingPartyOptions } from '../../../src/index.ts'
import { stopClock } from '../../support/clock.ts'
import { accessToken, apiApp, call } from '../../support/tokens/bearer.ts'
import { expectRefused, TOKEN, test } from '../../support/tokens/bearer-dpop-flow.ts'

stopClock()

describe('the log says that each process marks proofs on its own', () => {
  const sentence = 'Each process marks the DPoP proofs that were used in its own memory'

  test.for([
    ['a folder', {}, 1],
    ['memory', { store: memoryStore() }, 0],
    ['a shared store', { name: 'api', store: { ...memoryStore(), shared: true } }, 0],
  ] as const)('with records in %s', async ([, relyingParty, times], { start, program, token }) => {
    const app = await start(apiApp({}, { relyingParty: relyingParty as RelyingPartyOptions }))
    await program.call(app, '/api', token)
    expect(app.log.join('\n')).not.toContain(sentence)
    for (let request = 0; request < 2; request += 1)
      expect((await program.call(app, '/api', token)).status).toBe(200)
    expect(app.log.filter(line => line.includes(sentence))).toHaveLength(times)
  })
})

describe('a bound token', () => {
  test('passes with a proof, and brings the next nonce', async ({ api, program, token }) => {
    const answer = await program.call(api, '/api?x=1', token)
    expect([answer.status, answer.body]).toMatchObject([200, { sub: 'user-1' }])
    expect(answer.headers['dpop-nonce']).toBe(program.nonce)
    expect((await program.call(api, '/who', token)).body).toMatchObject({
      isAuthenticated: true,
      scope: 'read write',
    })
    expect((await program.call(api, '/private', token, { method: 'post' })).status).toBe(200)
  })

  test('is refused as a bearer token, with or without a proof', async ({ api, program, token }) => {
    expectRefused(await program.call(api, '/api', token, { scheme: 'Bearer' }), api, TOKEN, 'Bearer')
    expectRefused(await call(api, '/api', token), api, TOKEN, 'Bearer')
    expect((await program.call(api, '/api', token, { scheme: 'dpop' })).status).toBe(200)
  })

  test('is what the scheme DPoP is for: others are refused', async ({ api, program, provider }) => {
    const unbound = await accessToken(provider)
    expectRefused(await program.call(api, '/api', unbound), api, TOKEN)
    expect((await call(api, '/api', unbound)).status).toBe(200)
  })

  test.for([
    ['a certificate', { 'x5t#S256': 'thumbprint' }],
    ['a key and a certificate', { jkt: 'thumbprint', 'x5t#S256': 'thumbprint' }],
    ['a key that is a list', { jkt: ['thumbprint'] }],
    ['nothing that is named', {}],
    ['a text', 'thumbprint'],
    ['null', null],
  ] as const)('is refused if it is bound to %s', async ([, cnf], { api, program, provider }) => {
    const wrong = await accessToken(provider, { cnf })
    expectRefused(await program.call(api, '/api', wrong), api, TOKEN)
    expectRefused(await call(api, '/api', wrong), api, TOKEN, 'Bearer')
  })

  test('names its scheme where it may not do something', async ({ api, program, provider }) => {
    const poor = await accessToken(provider, { scope: 'write', cnf: { jkt: program.jkt } })
    const forbidden = await program.call(api, '/api/read', poor)
    expect(forbidden.status).toBe(403)
    expect(forbidden.headers['www-authenticate']).toMatch(/^DPoP realm="[^"]+", error="insufficient_scope"/)
    const weak = await program.call(api, '/api/gold', poor)
    expect(weak.status).toBe(401)
    expect(weak.headers['www-authenticate']).toMatch(/^DPoP realm="[^"]+", error="insufficient_user_auth/)
  })

  test('is not sent on to another API', async ({ start, program, token }) => {
    const app = await start(
      apiApp(
        {},
        {
          relyingParty: { apiOrigins: ['https://api.example'] } as RelyingPartyOptions,
          after(express) {
            express.get('/send', async (req, res) => {
              const codeOf = (error: { code: string }): string => error.code
              res.json([
                await req.oidc.fetch('https://api.example/').then(() => 'sent', codeOf),
                await req.oidc.fetchUserInfo().then(() => 'sent', codeOf),
                await req.oidc.getAccessToken(),
              ])
            })
          },
        },
      ),
    )
    await program.call(app, '/api', token)
    const refused = 'ERR_OIDC_ACCESS_TOKEN_REFUSED'
    expect((await program.call(app, '/send', token)).body).toEqual([refused, refused, token])
  })
})
