import { describe, expect } from 'vitest'
import { pass, stopClock } from '../../support/clock.ts'
import type { ScriptedProvider } from '../../support/scripted-provider.ts'
import { ENDED, expectEnded, LIFE, type TokenStore, test } from '../../support/tokens/token-flow.ts'
import { askToken } from '../../support/tokens/token-routes.ts'

stopClock()

describe('other writers that keep coming first, after a refresh,', () => {
  const outpacing = ({ provider, kept }: { provider: ScriptedProvider; kept: TokenStore }, most: number) => {
    let left = most
    pass(LIFE + 1)
    provider.tokenResponse = body => {
      kept.fault = async operation => {
        if (operation === 'set' && left-- > 0) await kept.change(await kept.tokens())
      }
      return body
    }
  }

  test('are outlasted', async ({ provider, app, browser, kept }) => {
    outpacing({ provider, kept }, 3)
    const { status: answered, token } = await askToken(app, browser)
    expect(answered).toBe(200)
    expect(await kept.tokens()).toMatchObject({ accessToken: token })
  })

  test('are given up on at last: the login ends', async ({ provider, app, browser, kept }) => {
    outpacing({ provider, kept }, 20)
    expect(await askToken(app, browser)).toEqual({ status: 503, error: 'ERR_OIDC_STORE_UNAVAILABLE' })
    kept.fault = () => undefined
    provider.tokenResponse = body => body
    expect(await askToken(app, browser)).toEqual(ENDED)
    await expectEnded(app, browser, await kept.tokens())
  })
})
