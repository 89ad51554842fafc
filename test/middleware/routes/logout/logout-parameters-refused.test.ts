import { describe, expect } from 'vitest'
import { codeOf, expectSignIn } from '../../../support/flow.ts'
import { leaving, signInAndOut, test } from '../../../support/providers/logout-flow.ts'

const CANARY = 'canary-secret'

/** Functions as an app could write them in JavaScript. */
const functions: readonly (readonly [when: string, logoutParameters: () => unknown, sentence: string])[] = [
  ['if it throws', () => JSON.parse('['), 'options.logoutParameters failed: '],
  ['if that is no object', () => CANARY, 'options.logoutParameters must be an object'],
  ['if that has a state', async () => ({ state: CANARY }), 'options.logoutParameters.state is made'],
  ['if that has a number', () => ({ a: 7 }), 'options.logoutParameters.a must be a string'],
]

describe('what a function returns is refused, and the user is signed out of the app,', () => {
  test.for(functions)('%s', async ([, logoutParameters, sentence], { provider, start, browser }) => {
    const app = await start({ relyingParty: { logoutParameters: logoutParameters as () => never } })
    const page = await signInAndOut(app, browser)
    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_LOGOUT_INCOMPLETE'])
    expect(page.text).toContain('This browser is signed out, but')
    expect(app.log.join('\n')).toContain(sentence)
    expect(page.text + app.log.join('\n')).not.toContain(CANARY)
    expect(provider.requestsTo('endSession')).toHaveLength(0)
    await expectSignIn({ app, browser })
  })

  test('if it takes longer than five seconds', { timeout: 15_000 }, async ({ start, browser }) => {
    const app = await start({ relyingParty: { logoutParameters: () => new Promise<never>(() => undefined) } })
    const page = await signInAndOut(app, browser)
    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_LOGOUT_INCOMPLETE'])
    expect(app.log.join('\n')).toContain('did not finish within 5 seconds')
  })
})

describe('what a call gives is refused, and the user is signed out of the app,', () => {
  test.for([
    ['if it has a state', { state: CANARY }, 'options.logoutParameters.state is made by the library'],
    ['if it has a hint', { id_token_hint: CANARY }, 'options.logoutParameters.id_token_hint gets its value'],
    ['if it has a number', { logout_hint: 7 }, 'options.logoutParameters.logout_hint must be a string'],
    ['if it is no object', CANARY, 'options.logoutParameters must be an object'],
  ] as const)('%s', async ([, logoutParameters, sentence], { provider, start, browser }) => {
    const app = await start(leaving({ logoutParameters }))
    await browser.open(`${app.url}/private`)
    const page = await browser.open(`${app.url}/leave`)
    expect([page.status, page.text]).toEqual([503, expect.stringContaining(sentence)]) // Express shows the error
    expect(page.text).not.toContain(CANARY)
    expect(await app.userOf(browser)).toBeNull()
    expect(provider.requestsTo('endSession')).toHaveLength(0)
    await expectSignIn({ app, browser })
  })
})
