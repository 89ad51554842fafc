import { expect } from 'vitest'
import { Browser } from '../support/browser.ts'
import { test } from '../support/flow.ts'
import { expectAlive, watch } from '../support/fuzz/oracle.ts'
import { fuzz, LONGEST, type Outcome } from '../support/fuzz/property.ts'
import { anyText, type Change, changed, changesOf, edited, editsOf } from '../support/fuzz/values.ts'
import { logoutClaims } from '../support/logout.ts'
import type { ScriptedProvider } from '../support/scripted-provider.ts'
import { apiApp, call, rightClaims } from '../support/tokens/bearer.ts'

const headers = [
  'alg',
  'kid',
  'typ',
  'crit',
  'b64',
  'cty',
  'jwk',
  'jku',
  'x5u',
  'x5c',
  'zip',
  'enc',
  'p2c',
  '__proto__',
]

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token of the provider. What `jose` would not sign has the signature of the usual one. */
async function tokenOf(
  provider: Pick<ScriptedProvider, 'sign'>,
  claims: object,
  header: object,
  changes: readonly Change[],
): Promise<string> {
  const ofHeader = changes.filter(([name]) => headers.includes(name))
  const payload = changed(
    claims,
    changes.filter(change => !ofHeader.includes(change)),
  )
  const isSignable = !ofHeader.some(([name]) => ['alg', 'crit', 'b64'].includes(name))
  if (isSignable) return provider.sign(payload, changed({ alg: 'RS256', ...header }, ofHeader))
  const [, body, signature] = (await provider.sign(payload, { ...header })).split('.')
  return `${encoded(changed({ alg: 'RS256', ...header }, ofHeader))}.${body}.${signature}`
}

test('whatever an access token holds, it is read or refused', { timeout: LONGEST }, async ({
  provider,
  start,
}) => {
  const log: string[] = []
  const options = apiApp({}, { relyingParty: { log: line => log.push(line) } })
  const app = await start(options)
  await app.rp.ready()
  const watched = watch(log)
  const claims = [
    'iss',
    'sub',
    'aud',
    'client_id',
    'exp',
    'iat',
    'nbf',
    'jti',
    'scope',
    'scp',
    'cnf',
    'roles',
    'events',
    'nonce',
    'email_verified',
    'acr',
  ]
  await fuzz('access tokens', {
    inputs: changesOf([...claims, ...headers]),
    twins: [[]],
    runs: 300,
    async attempt(changes): Promise<Outcome> {
      const token = await tokenOf(provider, rightClaims(provider), { typ: 'at+jwt' }, changes)
      const answer = await call(app, '/api', token)
      const who = await call(app, '/who', token)
      watched.check([token])
      if (answer.status !== 200) {
        expect([400, 401, 431, 503]).toContain(answer.status)
        expect(answer.body.error).toMatch(/^ERR_OIDC_(BEARER_\w+|PROVIDER_UNAVAILABLE)$/)
      }
      expect(who.body.isAuthenticated).toBe(answer.status === 200)
      return answer.status === 200 ? 'accepted' : 'refused'
    },
  })
})

test('whatever a bearer header holds, it is read or refused', { timeout: LONGEST }, async ({
  provider,
  start,
}) => {
  const log: string[] = []
  const app = await start(apiApp({}, { relyingParty: { log: line => log.push(line) } }))
  await app.rp.ready()
  const watched = watch(log)
  const right = await provider.sign(rightClaims(provider), { typ: 'at+jwt' })
  const sendable = anyText.map(text => text.replace(/[^\x20-\x7e]/g, ''))
  await fuzz('bearer headers', {
    inputs: editsOf(sendable),
    twins: [[]],
    runs: 300,
    async attempt(edits): Promise<Outcome> {
      const { status, body } = await call(app, '/api').set('authorization', edited(`Bearer ${right}`, edits))
      watched.check([right])
      expect([200, 400, 401, 431, 503]).toContain(status)
      if (status !== 200)
        expect(body.error).toMatch(/^ERR_OIDC_(BEARER_\w+|UNAUTHENTICATED|PROVIDER_UNAVAILABLE)$/)
      return status === 200 ? 'accepted' : 'refused'
    },
  })
})

test('whatever a logout token holds, it is read or refused', { timeout: LONGEST }, async ({
  provider,
  start,
}) => {
  const log: string[] = []
  const app = await start({ relyingParty: { log: line => log.push(line) } })
  await app.rp.ready()
  const watched = watch(log)
  const names = ['iss', 'sub', 'aud', 'sid', 'exp', 'iat', 'nbf', 'jti', 'events', 'nonce', '__proto__']
  await fuzz('logout tokens', {
    inputs: changesOf([...names, ...headers]),
    twins: [[]],
    runs: 300,
    async attempt(changes): Promise<Outcome> {
      const claims = logoutClaims(provider, { sid: 'one' })
      const token = await tokenOf(provider, claims, { typ: 'logout+jwt' }, changes)
      const { status } = await new Browser().post(`${app.url}/backchannel-logout`, { logout_token: token })
      watched.check([token])
      expect([200, 400, 431, 503]).toContain(status)
      await expectAlive(app)
      return status === 200 ? 'accepted' : 'refused'
    },
  })
})
