import fc from 'fast-check'
import { expect } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { startApp } from '../support/app.ts'
import { Browser } from '../support/browser.ts'
import { test } from '../support/flow.ts'
import { type AnyAnswer, anyAnswer, sendAny } from '../support/fuzz/answers.ts'
import { expectAlive, expectRefusalPage, insidePage, watch } from '../support/fuzz/oracle.ts'
import { fuzz, LONGEST, type Outcome } from '../support/fuzz/property.ts'
import { askToken, tokenRoutes } from '../support/tokens/token-routes.ts'

type Answered = readonly [
  endpoint: 'discovery' | 'register' | 'jwks' | 'token' | 'userinfo' | 'revoke',
  answer: AnyAnswer | undefined,
]

const wholes = (...endpoints: Answered[0][]): fc.Arbitrary<Answered> =>
  fc.tuple(fc.constantFrom(...endpoints), anyAnswer)

test('whatever the provider answers at a start, the app starts or says why not', {
  timeout: LONGEST,
}, async ({ provider }) => {
  provider.metadata['token_endpoint_auth_signing_alg_values_supported'] = ['ES256'] // whose keys are made fast
  await fuzz<Answered>('answers at a start', {
    inputs: wholes('discovery', 'register', 'jwks'),
    twins: [['jwks', undefined]],
    runs: 60,
    async attempt([endpoint, answer]): Promise<Outcome> {
      const log: string[] = []
      provider.answer(endpoint, answer && sendAny(answer))
      const app = await startApp(provider.issuer, {
        after: insidePage,
        relyingParty: {
          store: memoryStore(),
          log: line => log.push(line),
          start: 'first-use',
          providerTimeout: 20,
        },
      })
      const watched = watch(log)
      try {
        const page = await new Browser().open(`${app.url}/inside`)
        watched.check()
        await expectAlive(app)
        if (page.text === 'inside') return 'accepted'
        expectRefusalPage(page)
        return 'refused'
      } finally {
        provider.behave()
        await app.close()
        watched.end()
      }
    },
  })
})

test('whatever the provider answers during a login, it goes on or says why not', {
  timeout: LONGEST,
}, async ({ provider, start }) => {
  provider.metadata['token_endpoint_auth_signing_alg_values_supported'] = ['ES256'] // a refused client is registered again
  const log: string[] = []
  const app = await start({
    relyingParty: { log: line => log.push(line), scope: 'openid offline_access', revokeOnLogout: true },
    after(express) {
      insidePage(express)
      tokenRoutes(express)
      express.get(
        '/again',
        (req, res, next) => void req.oidc.fetchUserInfo().then(claims => res.json(claims), next),
      )
    },
  })
  const watched = watch(log)
  const expired = (body: object): object => ({ ...body, expires_in: 0 }) // so that each use is a refresh
  await fuzz<Answered>('answers during a login', {
    inputs: wholes('token', 'userinfo', 'revoke'),
    twins: [['revoke', undefined]],
    runs: 150,
    async attempt([endpoint, answer]): Promise<Outcome> {
      provider.behave()
      provider.tokenResponse = expired
      const browser = new Browser()
      expect((await browser.open(`${app.url}/inside`)).text).toBe('inside')
      provider.answer(endpoint, answer && sendAny(answer))
      const another = await new Browser().open(`${app.url}/inside`)
      if (another.text !== 'inside') expectRefusalPage(another)
      const info = await browser.open(`${app.url}/again`, {
        headers: { accept: 'application/json', 'sec-fetch-mode': 'cors' },
      })
      const token = await askToken(app, browser)
      if (token.status !== 200) expect(token.error).toMatch(/^ERR_OIDC_(?!NOT_READY)\w+$/)
      expect((await browser.open(`${app.url}/`)).text).toBe('public')
      await browser.open(`${app.url}/logout`, { follow: false })
      expect(await app.userOf(browser)).toBeNull()
      watched.check([token.token ?? '-no-token-'])
      const isUsual = [another.text === 'inside', info.status === 200, token.status === 200]
      return isUsual.every(Boolean) ? 'accepted' : 'refused'
    },
  })
})
