import { expect } from 'vitest'
import { Browser } from '../../../support/browser.ts'
import { expectSignIn, test } from '../../../support/flow.ts'

test('a sign-in makes two requests to the provider, and one without UserInfo, after the first has fetched the keys', async ({
  provider,
  start,
}) => {
  let seen = 0
  const sent = (): string => {
    const paths = provider.requests.slice(seen).map(({ path }) => path)
    seen = provider.requests.length
    return paths.filter(path => path !== '/authorize').join() // which is the browser's
  }
  const app = await start()
  await app.rp.ready()
  expect(sent()).toBe('/.well-known/openid-configuration,/register')
  await expectSignIn({ app, browser: new Browser() })
  expect(sent()).toBe('/token,/jwks,/userinfo')
  await expectSignIn({ app, browser: new Browser() })
  expect(sent()).toBe('/token,/userinfo')

  const lazy = await start({ relyingParty: { userInfo: { when: 'lazily' } } })
  await expectSignIn({ app: lazy, browser: new Browser() })
  sent()
  await expectSignIn({ app: lazy, browser: new Browser() })
  expect(sent()).toBe('/token')
})
