import { describe, expect } from 'vitest'
import { pass, stopClock } from '../../support/clock.ts'
import { expectRefusedSignIn, expectSignIn, test } from '../../support/flow.ts'
import { logoutToken, postLogout } from '../../support/logout/tokens.ts'
import type { ScriptedProvider } from '../../support/scripted-provider.ts'
import { ENDED, LIFE, test as refreshing } from '../../support/tokens/token-flow.ts'
import { askToken, tokenRoutes } from '../../support/tokens/token-routes.ts'

stopClock()

/** As ZITADEL does: "by default all client id's and the project id are included" (https://zitadel.com/docs/apis/openidoauth/claims). */
function nameAudiences(provider: ScriptedProvider, ...others: readonly unknown[]): void {
  provider.idToken = (claims, header) => ({
    claims: { ...claims, aud: [claims.aud, ...others], azp: claims.aud },
    header,
  })
}

const trusting = [
  ['in a list', ['project', 'sibling']],
  ['by a function', (audience: string) => ['project', 'sibling'].includes(audience)],
] as const

describe('an ID token for more audiences', () => {
  test.for(trusting)(
    'that the app trusts %s signs the user in',
    async ([, trustedAudiences], { provider, browser, start }) => {
      const app = await start({ relyingParty: { trustedAudiences } })
      nameAudiences(provider, 'sibling', 'project')
      await expectSignIn({ app, browser })
    },
  )

  test.for([
    ['another one', 'another'],
    ['one with a slash more', 'project/'],
    ['a number', 7],
  ] as const)('of which one is %s signs nobody in', async ([, audience], { provider, browser, start }) => {
    for (const [, trustedAudiences] of trusting) {
      const app = await start({ relyingParty: { trustedAudiences } })
      nameAudiences(provider, 'project', audience)
      await expectRefusedSignIn([400, 'ERR_OIDC_ID_TOKEN_INVALID'], { provider, app, browser })
      provider.behave()
    }
  })

  test('signs nobody in if the function returns no boolean', async ({ provider, browser, start }) => {
    const app = await start({ relyingParty: { trustedAudiences: () => 'yes' as never } })
    nameAudiences(provider, 'project')
    await expectRefusedSignIn([400, 'ERR_OIDC_ID_TOKEN_INVALID'], { provider, app, browser })
  })

  refreshing('ends the login when it comes with a refresh', async ({ provider, app, browser }) => {
    nameAudiences(provider, 'project')
    pass(LIFE + 1)
    expect(await askToken(app, browser)).toEqual(ENDED)
    provider.behave()
    expect(await app.userOf(browser)).toBeNull()
  })

  test('may come with a refresh if the app trusts it', async ({ provider, browser, start }) => {
    const relyingParty = { trustedAudiences: ['project'], scope: 'openid offline_access' }
    const app = await start({ relyingParty, after: tokenRoutes })
    nameAudiences(provider, 'project')
    await browser.open(`${app.url}/login`)
    pass(LIFE + 1)
    expect((await askToken(app, browser)).status).toBe(200)
  })
})

describe('a logout token for one more audience', () => {
  test.for([
    ['refused', 400, []],
    ['taken if the app trusts it', 200, ['project']],
  ] as const)('is %s', async ([, status, trustedAudiences], { provider, browser, start }) => {
    const app = await start({ relyingParty: { trustedAudiences } })
    await browser.open(`${app.url}/login`)
    const aud = [...provider.clients.keys(), 'project']
    expect((await postLogout(app, await logoutToken(provider, { sub: 'user-1', aud }))).status).toBe(status)
    expect(await app.userOf(browser)).toEqual(status === 200 ? null : expect.anything())
  })

  test('is refused if no audience is this app', async ({ provider, browser, start }) => {
    const app = await start({ relyingParty: { trustedAudiences: () => true } })
    await browser.open(`${app.url}/login`)
    const token = await logoutToken(provider, { sub: 'user-1', aud: 'project' })
    expect((await postLogout(app, token)).status).toBe(400)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })
})
