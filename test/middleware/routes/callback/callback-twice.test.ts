import { EventEmitter, once } from 'node:events'
import { describe, expect } from 'vitest'
import type { TestApp } from '../../../support/app.ts'
import type { Browser, Page } from '../../../support/browser.ts'
import { asProgram, codeOf, expectSignIn, locationOf, reachCallback, test } from '../../../support/flow.ts'
import type { ScriptedProvider } from '../../../support/scripted-provider.ts'

/** Keeps the first sign-in waiting for its tokens until it is told to go on. */
function holdTokens(provider: ScriptedProvider): {
  readonly arrived: Promise<void>
  readonly release: () => void
} {
  const released = new EventEmitter()
  const usual = provider.usualAnswer('token')
  const arrived = new Promise<void>(resolve => {
    provider.answer('token', async (request, response) => {
      provider.answer('token', undefined)
      resolve()
      await once(released, 'go')
      await usual(request, response)
    })
  })
  return { arrived, release: () => void released.emit('go') }
}

/** Opens a callback whose tokens are late, and meanwhile does something else. */
async function meanwhile(
  { provider, app, browser }: { provider: ScriptedProvider; app: TestApp; browser: Browser },
  act: (callback: string) => Promise<Page>,
): Promise<{ readonly first: Page; readonly second: Page }> {
  const callback = (await reachCallback(browser, app, '/private?tab=2')).href
  const held = holdTokens(provider)
  const opening = browser.open(callback, { follow: false })
  await held.arrived
  const second = await act(callback)
  held.release()
  return { first: await opening, second }
}

describe('a callback that arrives again while it is being answered', () => {
  test('ends where the user wanted to be, signed in, whichever answer the browser shows', async ({
    provider,
    app,
    browser,
  }) => {
    const { first, second } = await meanwhile({ provider, app, browser }, callback => browser.open(callback))
    expect([second.status, second.url]).toEqual([200, `${app.url}/private?tab=2`])
    expect([first.status, locationOf(first).href]).toEqual([303, `${app.url}/private?tab=2`])
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    expect(provider.requestsTo('authorize')).toHaveLength(2)
  })

  test('uses no code twice', async ({ provider, app, browser }) => {
    await meanwhile({ provider, app, browser }, callback => browser.open(callback))
    const codes = provider.requestsTo('token').map(({ body }) => new URLSearchParams(body).get('code'))
    expect(codes).toHaveLength(2)
    expect(new Set(codes).size).toBe(2)
  })

  test('does so for a restarted sign-in too, without a third one', async ({ provider, app, browser }) => {
    const lost = (await reachCallback(browser, app)).href
    await browser.jar.removeAllCookies()
    const restarted = locationOf(await browser.open(lost, { follow: false }))
    const callback = locationOf(await browser.open(restarted.href, { follow: false })).href
    const held = holdTokens(provider)
    const opening = browser.open(callback, { follow: false })
    await held.arrived
    const second = await browser.open(callback, { follow: false })
    held.release()
    expect([second.status, locationOf(second).href]).toEqual([303, `${app.url}/`])
    expect((await opening).status).toBe(303)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    expect(provider.requestsTo('token')).toHaveLength(1)
  })

  test('from a script is refused, and the sign-in succeeds', async ({ provider, app, browser }) => {
    const { second } = await meanwhile({ provider, app, browser }, callback =>
      browser.open(callback, asProgram),
    )
    expect([second.status, codeOf(second)]).toEqual([400, 'ERR_OIDC_TRANSACTION_USED'])
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    expect(provider.requestsTo('token')).toHaveLength(1)
  })

  test('whose first answer never arrived signs in too', async ({ app, browser }) => {
    const callback = (await reachCallback(browser, app)).href
    const cookies = await browser.jar.serialize()
    await browser.open(callback, { follow: false })
    await browser.jar.removeAllCookies()
    for (const { key, value } of cookies.cookies)
      await browser.jar.setCookie(`${key}=${value}; Path=/`, app.url)
    const page = await browser.open(callback)
    expect([page.status, page.url]).toEqual([200, `${app.url}/private`])
    await expectSignIn({ app, browser })
  })
})
