import { describe, expect } from 'vitest'
import { Browser } from '../../support/browser.ts'
import { expectRefusal, expectSignIn, reachCallback, test } from '../../support/flow.ts'
import { hang } from '../../support/scripted-provider.ts'

const seconds = (): number => Math.floor(Date.now() / 1_000)

describe('clockTolerance', () => {
  test.for([
    [undefined, -25, -35],
    [60, -55, -65],
    [0, 0, -5],
  ] as const)(
    'of %s takes an ID token of %s s from expiry, and none of %s s',
    async ([clockTolerance, taken, refused], { provider, start, browser }) => {
      const app = await start({ relyingParty: clockTolerance === undefined ? {} : { clockTolerance } })
      const expire = (ago: number): void => {
        provider.idToken = (claims, header) => ({
          claims: { ...claims, iat: seconds() - 100, exp: seconds() + (ago === 0 ? 5 : ago) },
          header,
        })
      }
      expire(refused)
      const invalid = [400, 'ERR_OIDC_ID_TOKEN_INVALID'] as const
      await expectRefusal(await browser.open(`${app.url}/private`), invalid, { app, browser })
      expire(taken)
      await expectSignIn({ app, browser })
    },
  )

  test('of 60 s names 60 s where the clocks differ by more', async ({ provider, start, browser }) => {
    const app = await start({ relyingParty: { clockTolerance: 60 } })
    provider.idToken = (claims, header) => ({
      claims: { ...claims, iat: seconds() + 90, exp: seconds() + 600 },
      header,
    })
    const page = await browser.open(`${app.url}/private`)
    expect(page.status).toBeGreaterThanOrEqual(400)
    expect(await app.userOf(browser)).toBeNull()
    provider.idToken = (claims, header) => ({ claims: { ...claims, iat: seconds() + 45 }, header })
    await expectSignIn({ app, browser })
  })
})

test('requestTimeout ends a request that is not answered', async ({ provider, start, browser }) => {
  const app = await start({ relyingParty: { requestTimeout: 1 } })
  await expectSignIn({ app, browser })
  provider.answer('token', hang())
  const other = new Browser()
  const began = performance.now()
  const unavailable = [503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'] as const
  await expectRefusal(await other.open(`${app.url}/private`), unavailable, { app, browser: other })
  expect(performance.now() - began).toBeLessThan(4_000)
  expect(app.log.join('\n')).toContain('no answer within 1 s')
})

test('requestTimeout ends the check whether the provider still knows the client', async ({
  provider,
  start,
  browser,
}) => {
  const app = await start({ relyingParty: { requestTimeout: 1 } })
  const callback = await reachCallback(browser, app)
  const known = [...provider.clients]
  provider.clients.clear()
  provider.answer('authorize', hang())
  const began = performance.now()
  const unavailable = [503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'] as const
  await expectRefusal(await browser.open(callback.href), unavailable, { app, browser })
  expect(performance.now() - began).toBeLessThan(4_000)
  expect(app.log.join('\n')).toMatch(/still knows client [\w-]+: no answer within 1 s/)
  provider.answer('authorize', undefined)
  for (const [clientId, client] of known) provider.clients.set(clientId, client)
  await expectSignIn({ app, browser })
})
