import { describe, expect } from 'vitest'
import { Browser } from '../../support/browser.ts'
import { pass, stopClock } from '../../support/clock.ts'
import { expectRefusal, expectSignIn } from '../../support/flow.ts'
import { LIFE, hydraTest as test } from '../../support/tokens/token-flow.ts'
import { askToken } from '../../support/tokens/token-routes.ts'

stopClock()

const UNAVAILABLE = [503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'] as const

describe('refreshed ID tokens of Hydra, whose kid is that of a former key,', () => {
  test.for([true, false])(
    'have the keys fetched once, with the former one published: %s',
    async (keepOld, { hydra, app }) => {
      const browsers = Array.from({ length: 10 }, () => new Browser())
      for (const browser of browsers) await expectSignIn({ app, browser })
      await hydra.rotateKeys({ keepOld })
      const before = hydra.requestsTo('jwks').length
      pass(LIFE - 60_000) // the keys are read again when they are older than ten minutes
      for (const browser of browsers)
        expect(await askToken(app, browser, '?scope=openid')).toMatchObject({ status: 200 })
      expect(hydra.requestsTo('jwks').length).toBe(before + 1)
    },
  )

  test('leave sign-ins a new key when they have been signed with others all the time', async ({
    hydra,
    app,
  }) => {
    const browsers = Array.from({ length: 10 }, () => new Browser())
    for (const browser of browsers) await expectSignIn({ app, browser })
    for (const browser of browsers) {
      await hydra.rotateKeys()
      expect(await askToken(app, browser, '?scope=openid')).toMatchObject({ status: 200 })
    }
    await hydra.rotateKeys()
    await expectSignIn({ app, browser: new Browser() })
  })
})

test('a sign-in with a new key that comes too soon after others can be tried again', async ({
  hydra,
  app,
  browser,
}) => {
  for (let count = 0; count < 4; count += 1) {
    await hydra.rotateKeys()
    await expectSignIn({ app, browser: new Browser() })
  }
  await hydra.rotateKeys()
  const other = new Browser()
  const page = await other.open(`${app.url}/private`)
  await expectRefusal(page, UNAVAILABLE, { app, browser: other })
  expect(page.headers.get('retry-after')).toBe('10')
  pass(10_000)
  await expectSignIn({ app, browser: other })
  expect(await app.userOf(browser)).not.toBeNull()
})
