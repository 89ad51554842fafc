import { decodeJwt, importJWK, SignJWT, UnsecuredJWT } from 'jose'
import { describe, expect, vi } from 'vitest'
import {
  generatePrivateKey,
  publicKeyOf,
} from '../../../src/protocol/client-authentication/client-authentication.ts'
import { Browser } from '../../support/browser.ts'
import { movableSpans } from '../../support/clock.ts'
import { codeOf, expectRefusal, expectSignIn, test } from '../../support/flow.ts'
import { addClient, assertionOf } from '../../support/providers/by-hand.ts'
import { status } from '../../support/scripted-provider.ts'

const NONE = [503, 'ERR_OIDC_CREDENTIAL_UNAVAILABLE'] as const
const REFUSED = [503, 'ERR_OIDC_CLIENT_REFUSED'] as const

const jwt = (seconds: number): string =>
  new UnsecuredJWT({ id: 'one' }).setExpirationTime(Math.floor(Date.now() / 1_000) + seconds).encode()

describe('a clientSecret that is a function', () => {
  test.for<readonly [string, () => string, number]>([
    ['a text', () => 'secret', 1],
    ['a JWT', () => jwt(600), 1],
    ['a JWT that is over in a moment', () => jwt(20), 3],
  ])('and returns %s is asked as often as needed', async ([, make, times], { provider, start }) => {
    const clientSecret = vi.fn(async (): Promise<string> => make())
    const app = await start({ relyingParty: { client: { clientId: 'c', clientSecret } } })
    addClient(provider, app.url, { client_id: 'c' })
    provider.answer('token', (request, response) => {
      const [, pair = ''] = Buffer.from(String(request.headers.authorization?.slice(6)), 'base64')
        .toString()
        .split(':')
      addClient(provider, app.url, { client_id: 'c', client_secret: decodeURIComponent(pair) })
      return provider.usualAnswer('token')(request, response)
    })
    for (let login = 0; login < 3; login++) await expectSignIn({ app, browser: new Browser() })
    expect(clientSecret).toHaveBeenCalledTimes(times)
  })

  test('is asked once by requests that come together', async ({ provider, start }) => {
    const clientSecret = vi.fn(() => new Promise<string>(resolve => setTimeout(resolve, 200, 'secret')))
    const app = await start({ relyingParty: { client: { clientId: 'c', clientSecret } } })
    addClient(provider, app.url, { client_id: 'c', client_secret: 'secret' })
    await Promise.all(Array.from({ length: 5 }, () => expectSignIn({ app, browser: new Browser() })))
    expect(clientSecret).toHaveBeenCalledTimes(1)
  })

  test('is asked again when the provider refuses its secret', async ({ provider, start, browser }) => {
    let current = 'old'
    const app = await start({ relyingParty: { client: { clientId: 'c', clientSecret: () => current } } })
    addClient(provider, app.url, { client_id: 'c', client_secret: 'old' })
    await expectSignIn({ app, browser })
    current = 'new'
    addClient(provider, app.url, { client_id: 'c', client_secret: 'new' })
    await expectSignIn({ app, browser: new Browser() })
    addClient(provider, app.url, { client_id: 'c', client_secret: 'third' })
    movableSpans()(10_000)
    const other = new Browser()
    await expectRefusal(await other.open(`${app.url}/private`), REFUSED, { app, browser: other })
  })

  test.for<readonly [string, () => unknown, RegExp]>([
    ['throws', () => Promise.reject(new Error('vault sealed')), /client\.clientSecret\(\) failed/],
    ['returns nothing', () => undefined, /did not return a text/],
    ['returns an empty text', () => '', /did not return a text/],
    ['returns a JWT that is over', () => jwt(-5), /returned a JWT that has expired/],
  ])(
    'and %s is named, and the sign-in goes on when it is repaired',
    async ([, make, reason], { provider, start, browser }) => {
      const clientSecret = vi.fn<() => unknown>(make)
      const client = { clientId: 'c', clientSecret: clientSecret as never }
      const app = await start({ relyingParty: { client } })
      addClient(provider, app.url, { client_id: 'c', client_secret: 'secret' })
      const page = await browser.open(`${app.url}/private`)
      await expectRefusal(page, NONE, { app, browser })
      expect(app.log.join('\n')).toMatch(reason)
      expect(provider.requestsTo('token')).toHaveLength(0)

      clientSecret.mockReturnValue('secret')
      expect(codeOf(await browser.open(page.url))).toBeUndefined()
      expect(provider.requestsTo('authorize')).toHaveLength(1) // the code was never sent, so it is still good
      expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    },
  )
})

type Make = () => string
const byPost = { authenticationMethod: 'client_secret_post' } as const

describe('a credential from a function', () => {
  test.for([
    ['a secret', 'client_secret', (clientSecret: Make) => ({ clientSecret, ...byPost })],
    ['an assertion', 'client_assertion', (assertion: Make) => ({ assertion })],
  ] as const)(
    'is not in the log when the provider repeats it: %s',
    async ([, parameter, given], { provider, start, browser }) => {
      let made = 0
      const make = (): string => `canary-${++made}`
      const client = { clientId: 'c', ...given(make) }
      const app = await start({ relyingParty: { client } })
      addClient(provider, app.url, { client_id: 'c', method: 'none' })
      provider.answer('token', (request, response) => {
        const sent = new URLSearchParams(request.body).get(parameter)
        expect(sent).toMatch(/^canary-\d$/)
        const refusal = { error: 'invalid_client', error_description: `${sent} is wrong` }
        return status(401, refusal)(request, response)
      })
      await expectRefusal(await browser.open(`${app.url}/private`), REFUSED, { app, browser })
      expect(made).toBeGreaterThan(1)
      expect(app.log.join('\n')).toContain('[redacted] is wrong')
      expect(app.log.join('\n')).not.toContain('canary')

      const usual = provider.usualAnswer('token')
      provider.answer('token', (request, response) => {
        const form = new URLSearchParams(request.body)
        form.delete(parameter)
        return usual({ ...request, body: form.toString() }, response)
      })
      await expectSignIn({ app, browser })
    },
  )
})

describe('an assertion that a function makes', () => {
  test.for([
    ['a platform', 'https://cluster.example', 1],
    ['the client itself', 'c', 3],
  ] as const)(
    'and that %s has issued is asked for as often as it may be used',
    async ([, iss, times], { provider, start }) => {
      const privateKey = await generatePrivateKey('ES256')
      const key = await importJWK(privateKey)
      const told: object[] = []
      const assertion = vi.fn((details: { audience: string; clientId: string }) => {
        told.push(details)
        return new SignJWT({ jti: String(told.length) })
          .setProtectedHeader({ alg: 'ES256', kid: String(privateKey.kid) })
          .setIssuer(iss)
          .setSubject('c')
          .setAudience(details.audience)
          .setIssuedAt()
          .setExpirationTime('10m')
          .sign(key)
      })
      const app = await start({ relyingParty: { client: { clientId: 'c', assertion } } })
      const jwks = { keys: [publicKeyOf(privateKey)] }
      addClient(provider, app.url, { client_id: 'c', method: iss === 'c' ? 'private_key_jwt' : 'none', jwks })
      const usual = provider.usualAnswer('token')
      if (iss !== 'c')
        provider.answer('token', (request, response) => {
          const form = new URLSearchParams(request.body)
          form.delete('client_assertion')
          return usual({ ...request, body: form.toString() }, response)
        })
      for (let login = 0; login < 3; login++) await expectSignIn({ app, browser: new Browser() })
      expect(assertion).toHaveBeenCalledTimes(times)
      expect(told[0]).toEqual({ clientId: 'c', audience: provider.issuer })
      expect(decodeJwt(assertionOf(provider)).iss).toBe(iss)
    },
  )
})
