import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { calculateJwkThumbprint, decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect } from 'vitest'
import { Browser } from '../../support/browser.ts'
import { expectSignIn, test } from '../../support/flow.ts'
import { test as hydraTest } from '../../support/hydra-flow.ts'
import type { ScriptedProvider } from '../../support/scripted-provider.ts'

type Asked = Pick<ScriptedProvider, 'issuer'> & {
  readonly requestsTo: (endpoint: 'token' | 'register') => readonly { readonly body: string }[]
}

const assertionsOf = ({ requestsTo }: Asked): string[] =>
  requestsTo('token').map(({ body }) => new URLSearchParams(body).get('client_assertion') ?? '')

/** What was registered last. */
const registered = ({ requestsTo }: Asked) => JSON.parse(requestsTo('register').at(-1)?.body ?? '{}')

/** Members that only a private or shared key has (RFC 7518 §6.2.2, §6.3.2, §6.4). */
const PRIVATE = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

describe('the key of private_key_jwt', () => {
  test.for([
    ['ES256', ['RS256', 'ES256']],
    ['ES256', ['HS256', 'ES256', 'EdDSA']],
    ['RS256', ['RS256', 'PS256']],
    ['PS256', ['PS256']],
    ['ES384', ['ES384', 'ES512']],
    ['EdDSA', ['HS256', 'EdDSA']],
    ['Ed25519', ['Ed25519']],
    ['RS256', undefined],
  ] as const)(
    'is for %s where the provider lists %j',
    async ([algorithm, listed], { provider, start, browser }) => {
      provider.metadata.token_endpoint_auth_signing_alg_values_supported = listed
      const app = await start()
      await expectSignIn({ app, browser })
      expect(registered(provider)).toMatchObject({
        token_endpoint_auth_signing_alg: algorithm,
        jwks: { keys: [{ alg: algorithm }] },
      })
      expect(assertionsOf(provider).map(decodeProtectedHeader)).toMatchObject([{ alg: algorithm }])
    },
  )

  test('is not made where the provider lists only algorithms that need a shared secret', async ({
    provider,
    start,
    browser,
  }) => {
    provider.metadata.token_endpoint_auth_signing_alg_values_supported = ['HS256']
    await expectSignIn({ app: await start(), browser })
    expect(registered(provider)).toMatchObject({ token_endpoint_auth_method: 'client_secret_basic' })
    expect(registered(provider)).not.toHaveProperty('jwks')
  })

  test.for(['RS256', 'PS256', 'ES384', 'EdDSA', 'Ed25519'])(
    'is for %s if the metadata say so',
    async (algorithm, { provider, start, browser }) => {
      const metadata = { token_endpoint_auth_signing_alg: algorithm }
      const app = await start({ relyingParty: { metadata } })
      await expectSignIn({ app, browser })
      const [assertion = ''] = assertionsOf(provider)
      expect(decodeProtectedHeader(assertion).alg).toBe(algorithm)
    },
  )

  hydraTest(
    'is registered without its private part, for signatures, under its thumbprint',
    async ({ provider, hydra, start }) => {
      for (const at of [provider, hydra]) {
        await (await start({ issuer: at.issuer })).rp.ready()
        const { keys } = registered(at).jwks
        expect(keys).toHaveLength(1)
        expect(keys[0]).toMatchObject({ use: 'sig', kid: await calculateJwkThumbprint(keys[0]) })
        for (const member of PRIVATE) expect(keys[0]).not.toHaveProperty(member)
      }
    },
  )

  test('is made once and the same after a restart', async ({ provider, start, directory, browser }) => {
    const first = await start({ directory })
    await expectSignIn({ app: first, browser })
    await first.close()
    const app = await start({ directory, port: Number(new URL(first.url).port) })
    await expectSignIn({ app, browser: new Browser() })
    const [before, after] = assertionsOf(provider).map(assertion => decodeProtectedHeader(assertion).kid)
    expect(before).toMatch(/^[\w-]{43}$/)
    expect(after).toBe(before)
    expect(provider.requestsTo('register')).toHaveLength(1)
  })

  hydraTest(
    'is recorded before it is sent, and used again when the answer is lost',
    async ({ hydra, start, directory }) => {
      hydra.loseAnswer('register')
      const first = await start({ issuer: hydra.issuer, directory })
      await expect.poll(() => first.rp.status().state).toBe('failing')
      const [{ kid: lost }] = registered(hydra).jwks.keys
      const names = (await readdir(directory)).filter(name => name.startsWith('client'))
      const files = await Promise.all(names.map(name => readFile(join(directory, name), 'utf8')))
      expect(files.join('')).toContain(lost)
      await first.close()
      await (await start({ issuer: hydra.issuer, directory })).rp.ready()
      expect(registered(hydra).jwks.keys[0].kid).toBe(lost)
    },
  )
})

describe('an assertion', () => {
  hydraTest(
    'says who we are, to one audience, for at most five minutes',
    async ({ provider, hydra, start }) => {
      const audiences = [
        [provider, provider.issuer],
        [hydra, `${hydra.issuer}/oauth2/token`],
      ] as const
      for (const [at, audience] of audiences) {
        const app = await start({ issuer: at.issuer })
        await expectSignIn({ app, browser: new Browser() })
        const [assertion = ''] = assertionsOf(at)
        const { iss, sub, aud, exp = 0, iat = 0, nbf, jti = '' } = decodeJwt(assertion)
        const clientId = app.rp.status().clientId
        expect([iss, sub, aud]).toEqual([clientId, clientId, audience])
        expect(exp - Date.now() / 1_000).toBeGreaterThan(10)
        expect(exp - Date.now() / 1_000).toBeLessThanOrEqual(300)
        expect(Math.abs(iat + 30 - Date.now() / 1_000)).toBeLessThan(5)
        expect(nbf).toBeUndefined() // some providers tolerate no clock that is behind
        expect(jti.length).toBeGreaterThanOrEqual(22)
        const { alg, kid } = decodeProtectedHeader(assertion)
        expect(registered(at).jwks.keys).toMatchObject([{ alg, kid }])
      }
    },
  )

  test('is never the same in 200 logins', async ({ provider, app }) => {
    for (let round = 0; round < 10; round++) {
      const logins = Array.from({ length: 20 }, () => expectSignIn({ app, browser: new Browser() }))
      await Promise.all(logins)
    }
    const ids = assertionsOf(provider).map(assertion => decodeJwt(assertion).jti)
    expect(ids.length).toBeGreaterThanOrEqual(200) // on a busy machine the app also asks whether its client is still known
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('a registration passes on', () => {
  test('a software statement, more metadata, and the initial access token as bearer', async ({
    provider,
    start,
    browser,
  }) => {
    const metadata = {
      software_statement: 'a.b.c',
      software_id: 'shop',
      logo_uri: 'https://app.example/l.png',
    }
    const app = await start({ relyingParty: { metadata, initialAccessToken: 'initial-token' } })
    await expectSignIn({ app, browser })
    const [request] = provider.requestsTo('register')
    expect(request?.headers.authorization).toBe('Bearer initial-token')
    expect(registered(provider)).toMatchObject(metadata)
  })

  test.for([
    ['jwks_uri', { jwks_uri: 'https://app.example/jwks' }],
    ['jwks', { jwks: { keys: [{ kty: 'RSA', kid: 'mine', use: 'enc', n: 'AQAB', e: 'AQAB' }] } }],
  ] as const)('%s of the metadata never: the keys are ours', async ([, metadata], { start }) => {
    await expect(start({ relyingParty: { metadata } })).rejects.toMatchObject({
      code: 'ERR_OIDC_INVALID_OPTION',
      message: expect.stringContaining('options.metadata must not contain jwks or jwks_uri'),
    })
  })
})
