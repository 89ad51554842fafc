import { generateKeyPairSync } from 'node:crypto'
import { describe, expect } from 'vitest'
import {
  isSignedIn,
  LOGOUT_EVENT,
  logoutClaims,
  logoutToken,
  postLogout,
  showLogin,
  test,
  visit,
} from '../../../support/logout.ts'
import { json, type ScriptedProvider } from '../../../support/scripted-provider.ts'

type Make = (provider: ScriptedProvider, sid: string) => Promise<string> | string

const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const now = (): number => Math.floor(Date.now() / 1_000)
const typed = { typ: 'logout+jwt' }

/** A token that is valid but for some claims. */
const claiming =
  (changed: object): Make =>
  (provider, sid) =>
    logoutToken(provider, { sid, ...changed })

/** A token whose claims are valid, with another header or another key. */
const headed =
  (header: object, key?: Parameters<ScriptedProvider['sign']>[2]): Make =>
  (provider, sid) =>
    provider.sign(logoutClaims(provider, { sid }), { ...typed, ...header }, key)

const aged =
  (iat: number, exp = iat + 120): Make =>
  (provider, sid) =>
    logoutToken(provider, { sid, iat: now() + iat, exp: now() + exp })

/** Each differs from a valid token in one thing. */
const refused: readonly (readonly [string, Make])[] = [
  ['that is empty', () => ''],
  ['that is no JWT', () => 'a.b.c'],
  ['of two parts', async (...given) => (await headed({})(...given)).replace(/\.[^.]*$/, '')],
  ['of five parts', () => 'a.b.c.d.e'],
  ['with a space', async (...given) => `${await headed({})(...given)} `],
  ['that is longer than 8 KB', claiming({ filler: 'x'.repeat(6_200) })],
  ['without a signature', headed({ alg: 'none' })],
  ['signed by a shared secret', headed({ alg: 'HS256' }, Buffer.from('s'.repeat(32)))],
  ['signed by a stranger', headed({}, stranger)],
  ['whose signature is cut off', async (...given) => (await headed({})(...given)).slice(0, -4)],
  ['signed by a key that is not known', headed({ kid: 'unknown' })],
  ['with the type of an access token', headed({ typ: 'at+jwt' })],
  ['whose type is no text', headed({ typ: 1 })],
  ['with critical extensions', headed({ crit: ['b64'], b64: true })],
  ['with a key', headed({ jwk: { kty: 'RSA' } })],
  ['with the address of a key', headed({ jku: 'https://evil.example/' })],
  ['with the address of a certificate', headed({ x5u: 'https://evil.example/' })],
  ['without iss', claiming({ iss: undefined })],
  ['of another issuer', claiming({ iss: 'https://other.example' })],
  ['of an issuer with a slash more', (...given) => claiming({ iss: `${given[0].issuer}/` })(...given)],
  ['without aud', claiming({ aud: undefined })],
  ['with an empty aud', claiming({ aud: [] })],
  ['for another client', claiming({ aud: 'another' })],
  [
    'for another client too',
    (...given) => claiming({ aud: [...given[0].clients.keys(), 'another'] })(...given),
  ],
  ['for a number', claiming({ aud: [1] })],
  [
    'for many clients',
    (...given) => claiming({ aud: Array(6).fill([...given[0].clients.keys()][0]) })(...given),
  ],
  ['without iat', claiming({ iat: undefined })],
  ['whose iat is text', claiming({ iat: '1' })],
  ['that is older than 3 minutes', aged(-185)],
  ['that is too old, though it has not expired', aged(-185, 60)],
  ['from the future', aged(65)],
  ['that has expired', aged(-130, -65)],
  ['without exp', claiming({ exp: undefined })],
  ['whose exp is text', claiming({ exp: '9999999999' })],
  ['whose exp is in milliseconds', claiming({ exp: 1_800_000_000_000 })],
  ['whose iat is in milliseconds', claiming({ iat: 1_800_000_000_000 })],
  ['without jti', claiming({ jti: undefined })],
  ['with an empty jti', claiming({ jti: '' })],
  ['whose jti is a number', claiming({ jti: 1 })],
  ['whose jti is too long', claiming({ jti: 'x'.repeat(256) })],
  ['with neither sid nor sub', claiming({ sid: undefined })],
  ['with an empty sid', claiming({ sid: '' })],
  ['whose sid is a number', claiming({ sid: 1 })],
  ['whose sid is null', claiming({ sid: null })],
  ['whose sid is too long', claiming({ sid: 'x'.repeat(2_049) })],
  ['with a control character in sid', claiming({ sid: 'a\u0000b' })],
  ['with an empty sub', claiming({ sub: '' })],
  ['whose sub is too long', claiming({ sub: 'x'.repeat(256) })],
  ['without events', claiming({ events: undefined })],
  ['whose events is null', claiming({ events: null })],
  ['whose events is a list', claiming({ events: [LOGOUT_EVENT] })],
  ['whose events is text', claiming({ events: LOGOUT_EVENT })],
  ['with another event', claiming({ events: { 'http://schemas.openid.net/event/other': {} } })],
  ['whose event is null', claiming({ events: { [LOGOUT_EVENT]: null } })],
  ['whose event is true', claiming({ events: { [LOGOUT_EVENT]: true } })],
  ['whose event is a list', claiming({ events: { [LOGOUT_EVENT]: [] } })],
  ['whose event is inherited', claiming({ events: JSON.parse(`{"__proto__":{"${LOGOUT_EVENT}":{}}}`) })],
  ['with a nonce', claiming({ nonce: 'n' })],
  ['with an empty nonce', claiming({ nonce: '' })],
  ['whose nonce is null', claiming({ nonce: null })],
]

const taken: readonly (readonly [string, Make])[] = [
  ['as the specification wants it', claiming({})],
  ['that expires in the year 9999', claiming({ exp: 253_402_300_799 })],
  ['with the type application/logout+jwt', headed({ typ: 'application/logout+jwt' })],
  ['with the type in capitals', headed({ typ: 'LOGOUT+JWT' })],
  ['with the type JWT', headed({ typ: 'JWT' })],
  ['without a type', headed({ typ: undefined })],
  ['with aud as a list', (...given) => claiming({ aud: [...given[0].clients.keys()] })(...given)],
  ['that is nearly 3 minutes old', aged(-175)],
  ['from a clock that is fast', aged(55)],
  ['that has expired by a clock that is slow', aged(-130, -50)],
  ['with claims that are not known', claiming({ other: { a: 1 } })],
  ['with more in its event', claiming({ events: { [LOGOUT_EVENT]: { a: 1 }, other: 1 } })],
]

const REFUSAL = { error: 'invalid_request', error_description: 'The logout token is not valid.' }

describe('a logout token', () => {
  test.for(refused)('%s is refused, and nobody is signed out', async ([, make], { app, provider }) => {
    const visitor = await visit(app)
    const answer = await postLogout(app, await make(provider, visitor.sid))
    expect([answer.status, await answer.json()]).toEqual([400, REFUSAL])
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(await isSignedIn(visitor, app)).toEqual([true])
    expect((await postLogout(app, await logoutToken(provider, { sid: visitor.sid }))).status).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })

  test.for(taken)('%s is taken', async ([, make], { app, provider }) => {
    const visitor = await visit(app)
    expect((await postLogout(app, await make(provider, visitor.sid))).status).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })

  test('signed by an algorithm that was not registered is refused, whatever keys the provider has', async ({
    app,
    provider,
  }) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const key = { ...publicKey.export({ format: 'jwk' }), kid: 'ec', alg: 'ES256', use: 'sig' }
    provider.answer('jwks', json({ keys: [...provider.keys, key] }))
    const visitor = await visit(app)
    const token = await headed({ alg: 'ES256', kid: 'ec' }, privateKey)(provider, visitor.sid)
    expect((await postLogout(app, token)).status).toBe(400)
    expect(await isSignedIn(visitor, app)).toEqual([true])
  })

  test('that is the ID token of the user is refused', async ({ app, provider }) => {
    let idToken = ''
    provider.tokenResponse = body => {
      idToken = String(body.id_token)
      return body
    }
    const visitor = await visit(app)
    expect((await postLogout(app, idToken)).status).toBe(400)
    expect(await isSignedIn(visitor, app)).toEqual([true])
  })

  test.for([
    ['with the type JWT', headed({ typ: 'JWT' })],
    ['without a type', headed({ typ: undefined })],
  ] as const)('%s is refused where tokens are strict', async ([, make], { provider, start }) => {
    const app = await start({ after: showLogin, relyingParty: { strictLogoutTokens: true } })
    const visitor = await visit(app)
    expect((await postLogout(app, await make(provider, visitor.sid))).status).toBe(400)
    expect(await isSignedIn(visitor, app)).toEqual([true])
    expect((await postLogout(app, await claiming({})(provider, visitor.sid))).status).toBe(200)
    expect(await isSignedIn(visitor, app)).toEqual([false])
  })

  test('that is refused is logged with the reason, and repeats are counted', async ({ app, provider }) => {
    const { sid } = await visit(app)
    const before = app.log.length
    for (const jti of ['', '', '']) await postLogout(app, await claiming({ jti })(provider, sid))
    await postLogout(app, await claiming({ nonce: sid })(provider, sid))
    await app.rp.close()
    const logged = app.log.slice(before).map(line => line.replace(/(references?)( \w{8})+/, '$1'))
    const tooShort =
      'A logout token was refused: jti is not a string of 1 to 255 characters without control characters.'
    expect(logged).toEqual([
      `${tooShort} (ERR_OIDC_LOGOUT_TOKEN_INVALID, reference)`,
      'A logout token was refused: it has a nonce, so it is not a logout token. (ERR_OIDC_LOGOUT_TOKEN_INVALID, reference)',
      `… 2 more in the last minute: ${tooShort} (ERR_OIDC_LOGOUT_TOKEN_INVALID, references)`,
    ])
  })
})
