import { expect } from 'vitest'
import { Browser } from '../support/browser.ts'
import { test } from '../support/flow.ts'
import { expectAlive, insidePage, watch } from '../support/fuzz/oracle.ts'
import { fuzz, LONGEST, type Outcome } from '../support/fuzz/property.ts'
import { type Change, changed, changesOf } from '../support/fuzz/values.ts'
import { apiApp, audience, call } from '../support/tokens/bearer.ts'
import { askToken, tokenRoutes } from '../support/tokens/token-routes.ts'

test('whatever a refresh brings, the login goes on or says why not', { timeout: LONGEST }, async ({
  provider,
  start,
}) => {
  const log: string[] = []
  const app = await start({
    relyingParty: { log: line => log.push(line), scope: 'openid offline_access' },
    after(express) {
      insidePage(express)
      tokenRoutes(express)
    },
  })
  const watched = watch(log)
  const members = [
    'access_token',
    'token_type',
    'refresh_token',
    'expires_in',
    'scope',
    'id_token',
    'error',
    '__proto__',
  ]
  const claims = ['iss', 'sub', 'aud', 'azp', 'exp', 'iat', 'nbf', 'auth_time', 'sid', 'nonce', 'events']
  await fuzz<readonly Change[]>('refreshes', {
    inputs: changesOf([...members, ...claims, 'typ']),
    twins: [[]],
    runs: 150,
    async attempt(changes): Promise<Outcome> {
      provider.behave()
      provider.tokenResponse = body => ({ ...body, expires_in: 0 })
      const browser = new Browser()
      expect((await browser.open(`${app.url}/inside`)).text).toBe('inside')
      const of = (names: readonly string[]): readonly Change[] =>
        changes.filter(([name]) => names.includes(name))
      provider.tokenResponse = body => changed(body, of(members))
      provider.idToken = (usual, header) => ({
        claims: changed(usual, of(claims)),
        header: changed(header, of(['typ'])),
      })
      const token = await askToken(app, browser)
      watched.check([token.token ?? '-no-token-'])
      const isIn = (await app.userOf(browser)) !== null
      if (token.status === 200) expect(isIn).toBe(true)
      else expect(token.error).toMatch(/^ERR_OIDC_(?!NOT_READY)\w+$/)
      await expectAlive(app)
      return token.status === 200 ? 'accepted' : 'refused'
    },
  })
})

test('whatever an introspection says, the token is read or refused', { timeout: LONGEST }, async ({
  provider,
  start,
}) => {
  const log: string[] = []
  const now = Math.floor(Date.now() / 1_000)
  const active = {
    active: true,
    sub: 'user-1',
    aud: audience,
    exp: now + 86_400,
    iat: now,
    token_type: 'Bearer',
    scope: 'read',
  }
  let answer: object = active
  const relyingParty = {
    log: (line: string) => log.push(line),
    endpoints: { introspection_endpoint: `${provider.issuer}/introspect` },
    async fetch(url: Parameters<typeof fetch>[0], init?: RequestInit) {
      if (new Request(url).url !== `${provider.issuer}/introspect`) return fetch(url, init)
      return new Response(JSON.stringify(answer), { headers: { 'content-type': 'application/json' } })
    },
  }
  const app = await start(apiApp({ introspection: 'always' }, { relyingParty }))
  await app.rp.ready()
  const watched = watch(log)
  let tokens = 0
  await fuzz<readonly Change[]>('introspections', {
    inputs: changesOf([
      ...Object.keys(active),
      'iss',
      'nbf',
      'client_id',
      'cnf',
      'token_use',
      'username',
      '__proto__',
      'email_verified',
    ]),
    twins: [[]],
    runs: 200,
    async attempt(changes): Promise<Outcome> {
      tokens += 1
      answer = changed(active, changes)
      const { status, body } = await call(app, '/api', `token-${tokens}`)
      const who = await call(app, '/who', `token-${tokens}`)
      watched.check([`token-${tokens}`])
      expect([200, 401, 502, 503]).toContain(status)
      if (status !== 200)
        expect(body.error).toMatch(/^ERR_OIDC_(BEARER_TOKEN_INVALID|ANSWER_INVALID|PROVIDER_UNAVAILABLE)$/)
      expect(who.body.isAuthenticated).toBe(status === 200)
      return status === 200 ? 'accepted' : 'refused'
    },
  })
})
