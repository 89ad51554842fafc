import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { askToken } from '../../support/tokens/token-routes.ts'
import { PersonalBrowser, visit } from '../matrix/person.ts'
import { HALF_LIFE, longer, startShort } from '../matrix/short-tokens.ts'
import { testFlows } from '../matrix/test-flows.ts'

testFlows({
  async 'refreshes an access token'(context) {
    const { app, refreshes } = await startShort(context)
    const browser = new PersonalBrowser()
    expect((await visit(browser, app)).status).toBe(200)
    const tokens = [await askToken(app, browser)]
    for (let count = 0; count < 2; count++) {
      await pause(HALF_LIFE)
      tokens.push(await askToken(app, browser, longer))
    }
    expect(
      tokens.map(({ error }) => error),
      app.log.join('\n'),
    ).toEqual([undefined, undefined, undefined])
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(3)
    expect(refreshes).toHaveLength(2)
    expect(await app.userOf(browser)).not.toBeNull()
  },

  async 'ends a login whose refresh token was used by somebody else'(context) {
    const { app, refreshes } = await startShort(context, {
      token_endpoint_auth_method: 'client_secret_basic',
    })
    const browser = new PersonalBrowser()
    expect((await visit(browser, app)).status).toBe(200)
    await pause(HALF_LIFE)
    expect((await askToken(app, browser, longer)).status).toBe(200)
    const [used] = refreshes
    if (used === undefined) throw new Error('The app has not refreshed.')
    expect((await fetch(...used)).ok).toBe(false)
    await pause(HALF_LIFE)
    expect(await askToken(app, browser, longer)).toMatchObject({ status: 401, error: 'ERR_OIDC_LOGIN_ENDED' })
    expect(await app.userOf(browser)).toBeNull()
    expect((await visit(browser, app)).status).toBe(200)
  },
})
