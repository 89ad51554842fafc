import { describe, expect } from 'vitest'
import type { RelyingPartyOptions } from '../../src/index.ts'
import { type LaterRelease, laterRelease } from '../support/apps/later-release.ts'
import { Browser } from '../support/browser.ts'
import { pass, stopClock } from '../support/clock.ts'
import { test as base, expectSignIn } from '../support/flow.ts'
import { isSignedIn, logOut, showLogin, visit } from '../support/logout.ts'
import { LIFE, refreshesAt } from '../support/tokens/token-flow.ts'
import { askToken, tokenRoutes } from '../support/tokens/token-routes.ts'

stopClock()

const scope = 'openid profile offline_access'

const test = base
  .extend('later', (): LaterRelease => laterRelease())
  .extend('release', ({ start, later: { store, sessions } }) => {
    return async (options: Partial<RelyingPartyOptions> = {}, url?: string) => {
      const app = await start({
        session: { store: sessions },
        after(express) {
          tokenRoutes(express)
          showLogin(express)
        },
        relyingParty: {
          store,
          name: 'app',
          scope,
          ...(url && { baseUrl: url }),
          ...options,
        } as RelyingPartyOptions,
      })
      await app.rp.ready()
      return app
    }
  })

describe('beside a replica of a later release, whose records say more,', () => {
  test('users stay signed in, and their tokens are renewed', async ({ release, provider, later }) => {
    const app = await release()
    const { browser } = await visit(app)
    const before = await askToken(app, browser)
    pass(LIFE + 1)
    const after = await askToken(app, browser)
    expect([before.status, after.status]).toEqual([200, 200])
    expect(after.token).not.toBe(before.token)
    expect(refreshesAt(provider)).toHaveLength(1)
    expect(await isSignedIn({ browser }, app)).toEqual([true])
    expect(app.log.join('\n')).not.toContain('cannot be read')
    expect(later.kinds()).toEqual(expect.arrayContaining(['client', 'tokens']))
    expect(later.lost()).toEqual([])
  })

  test('logouts find their logins', async ({ release, provider, later }) => {
    const app = await release()
    const [one, two, three] = [await visit(app), await visit(app), await visit(app)]
    expect(await logOut(provider, app, { sid: one.sid })).toBe(200)
    expect(await isSignedIn(one, app)).toEqual([false])
    expect(await isSignedIn(two, app)).toEqual([true])
    expect(await app.rp.sessions.of(two.sub)).toHaveLength(2)
    await three.browser.post(`${app.url}/logout`, {})
    expect(await isSignedIn(three, app)).toEqual([false])
    expect(await logOut(provider, app, { sub: two.sub })).toBe(200)
    expect(await isSignedIn(two, app)).toEqual([false])
    pass(1_000)
    await expectSignIn({ app, browser: two.browser })
    expect(app.log.join('\n')).not.toContain('cannot be read')
    expect(later.kinds()).toEqual(expect.arrayContaining(['client', 'index', 'over']))
  })

  test('the client is kept, changed and rotated, and nothing is lost of what is not known', async ({
    release,
    provider,
    later,
  }) => {
    const app = await release()
    await expectSignIn({ app, browser: new Browser() })
    const other = await release({ scope: `${scope} email` }, app.url)
    expect(provider.requestsTo('client').map(({ method }) => method)).toContain('PUT')
    expect(await other.rp.rotate()).toBe('keys')
    await expectSignIn({ app, browser: new Browser() })
    expect(provider.requestsTo('register')).toHaveLength(1)
    expect(later.lost()).toEqual([])
  })
})
