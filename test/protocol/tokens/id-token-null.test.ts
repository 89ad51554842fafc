import { expect } from 'vitest'
import { expectRefusal, expectSignIn, test } from '../../support/flow.ts'

test.for(['auth_time', 'azp', 'nbf'])(
  'an ID token in which %s is null is refused, because it is signed as it is',
  async (claim, { provider, app, browser }) => {
    provider.idToken = (claims, header) => ({ claims: { ...claims, [claim]: null }, header })
    const page = await browser.open(`${app.url}/private`)
    expect(app.log.at(-1)).toContain(claim)
    await expectRefusal(page, [400, 'ERR_OIDC_ID_TOKEN_INVALID'], { app, browser })
    provider.behave()
    await expectSignIn({ app, browser })
  },
)
