import express, { type Express } from 'express'
import express4 from 'express4'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { GuardAnswers } from '../../../src/index.ts'
import { startApp, type TestApp } from '../../support/app.ts'
import { everything, guards, nothing } from '../../support/guards/guard-table.ts'
import { type ScriptedProvider, scriptedProvider } from '../../support/scripted-provider.ts'
import { accessToken, apiApp, call } from '../../support/tokens/bearer.ts'

const mayNot = [403, 'ERR_OIDC_FORBIDDEN'] as const
/** What requireScopes asked for, by the guard that a token without it came to. */
const scopes: Readonly<Record<string, string>> = { requireScopes: 'email', allOf: 'email' }

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('on %s', (_, makeApp) => {
  let provider: ScriptedProvider
  let app: TestApp

  beforeAll(async () => {
    provider = await scriptedProvider()
    const after = (under: Express): void => {
      for (const [name, [guard]] of Object.entries(guards))
        under.all(`/${name}`, guard, (_req, res) => void res.send('shown'))
    }
    app = await startApp(provider.issuer, apiApp({}, { makeApp, after }))
  })

  afterAll(async () => {
    await app.close()
    await provider.close()
  })

  /** The claims of a visitor of the table, in an access token. */
  function tokenOf({ user, idToken, scope }: typeof nothing | typeof everything): Promise<string> {
    const authTime = Math.floor(Date.now() / 1_000) + idToken.auth_time
    return accessToken(provider, { roles: undefined, ...user, ...idToken, scope, auth_time: authTime })
  }

  describe.each(Object.entries(guards))('%s', (name, [, without]) => {
    test('lets an access token pass that has what it requires', async () => {
      const answer = await call(app, `/${name}`, await tokenOf(everything))
      expect([answer.status, answer.text]).toEqual([200, 'shown'])
    })

    test.each(['application/json', 'text/html'])(
      'answers a token without it as RFC 6750 and RFC 9470 say, to a client of %s',
      async accept => {
        const answer = await call(app, `/${name}`, await tokenOf(nothing)).set({
          accept,
          'sec-fetch-mode': accept === 'text/html' ? 'navigate' : 'cors',
        })
        const challenge = answer.headers['www-authenticate']
        if (without === 'passes') return expect([answer.status, answer.text]).toEqual([200, 'shown'])
        const realm = `Bearer realm="${app.url}"`
        if (without === 'forbids') {
          const scope = scopes[name] === undefined ? '' : `, scope="${scopes[name]}"`
          expect(challenge).toBe(`${realm}, error="insufficient_scope"${scope}`)
          return expect(answer.status).toBe(403)
        }
        const asked = Object.entries(without).map(
          ([parameter, value]) => `, ${parameter}="${value.replaceAll('"', '\\"')}"`,
        )
        const description = 'A stronger or more recent authentication is needed'
        expect(challenge).toBe(
          `${realm}, error="insufficient_user_authentication", error_description="${description}"${asked.join('')}`,
        )
        expect([answer.status, answer.body.error]).toEqual([401, 'ERR_OIDC_STEP_UP_REQUIRED'])
      },
    )

    test('refuses one that is not valid, whoever asks', async () => {
      const token = await accessToken(provider, { aud: 'https://other.example' })
      const answer = await call(app, `/${name}`, token).set('sec-fetch-mode', 'navigate')
      expect([answer.status, answer.body.error]).toEqual([401, 'ERR_OIDC_BEARER_TOKEN_INVALID'])
    })
  })
})

test('the app may answer for tokens in its own way', async () => {
  const provider = await scriptedProvider()
  const own: GuardAnswers = {
    onUnauthenticated: (error, _req, res) => res.status(418).send(error.code),
    onForbidden: (error, _req, res) => res.status(418).send(error.code),
  }
  const app = await startApp(provider.issuer, apiApp({}, { relyingParty: own }))
  const wrong = await accessToken(provider, { iss: 'https://op.example' })
  expect((await call(app, '/api', wrong)).text).toBe('ERR_OIDC_BEARER_TOKEN_INVALID')
  expect((await call(app, '/api/read', await accessToken(provider, { scope: 'write' }))).text).toBe(mayNot[1])
  await app.close()
  await provider.close()
})
