import { expect } from 'vitest'
import { expectSignIn, test } from '../support/flow.ts'

// `npm run attacks` takes lines out of the library. This must go on working: code that is broken refuses every attack.
test('an ordinary visitor signs in and out', async ({ app, browser }) => {
  await expectSignIn({ app, browser })
  await browser.post(`${app.url}/logout`, {})
  expect(await app.userOf(browser)).toBeNull()
  await expectSignIn({ app, browser })
})
