import type { Configuration } from 'oidc-provider'
import { expect, test } from 'vitest'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import type { TestApp } from '../../support/app.ts'
import { deliver } from '../../support/apps/replicas.ts'
import { Browser } from '../../support/browser.ts'
import { expectAlice, type FapiStage, fapiStage, startFapiApp } from '../../support/fapi/fapi-app.ts'
import { codeOf, reachCallback } from '../../support/flow.ts'
import { askToken } from '../../support/tokens/token-routes.ts'

/** A provider that has what a profile needs, and does not insist on it. */
const tolerant = (usual: Configuration): Configuration => ({
  ...usual,
  features: {
    ...usual.features,
    fapi: { enabled: false },
    pushedAuthorizationRequests: { enabled: true },
  },
})

/** Users come back at once, because they are signed in at the provider. */
const quick = { scope: 'openid profile', authorizationParameters: {}, rereadEvery: 0.05 }

/** A replica of the release without the profile, and one with it. */
async function startReleases(
  stage: FapiStage,
  options: RelyingPartyOptions,
): Promise<readonly [before: TestApp, after: TestApp, browser: Browser]> {
  stage.identity = undefined
  const before = await startFapiApp(stage, quick as RelyingPartyOptions)
  const browser = await expectAlice(before)
  const after = await startFapiApp(stage, {
    ...quick,
    ...options,
    baseUrl: before.url,
  } as RelyingPartyOptions)
  await after.rp.ready()
  const told = (): boolean => after.log.join().includes('Told the provider what the options now ask for')
  await expect.poll(told).toBe(true)
  return [before, after, browser]
}

test('beside a release with fapi2, that without it pushes its requests and binds its tokens, too', async () => {
  const stage = await fapiStage({ configure: tolerant })
  const [before, after, browser] = await startReleases(stage, { profile: 'fapi2' })
  const isBound = async (app: TestApp, by: Browser): Promise<boolean | undefined> => {
    const { token } = await askToken(app, by)
    return (await stage.provider.provider.AccessToken.find(String(token)))?.isSenderConstrained()
  }
  expect(await isBound(after, browser)).toBe(false) // a login from before goes on
  await expect
    .poll(async () => {
      const callback = await reachCallback(browser, before, '/login?returnTo=/private')
      await deliver(browser, callback, before)
      return isBound(before, browser)
    })
    .toBe(true)
  expect(stage.provider.requests.map(({ path }) => path)).toContain('/request')
  for (const [from, to] of [
    [before, after],
    [after, before],
  ] as const) {
    const callback = await reachCallback(browser, from, '/login?returnTo=/private')
    expect(codeOf(await deliver(browser, callback, to))).toBeUndefined()
    expect(await isBound(to, browser)).toBe(true)
  }
})

test('a sign-in between a release with message signing and one without it is refused', async () => {
  const stage = await fapiStage({ configure: tolerant })
  const [before, after, browser] = await startReleases(stage, { profile: 'fapi2-message-signing' })
  // Until the release before has read the client's record again, it pushes no requests, and the provider wants them pushed.
  const pushed = () => stage.provider.requests.filter(({ path }) => path === '/request').length
  await expect
    .poll(async () => {
      await reachCallback(browser, before, '/login?returnTo=/private')
      return pushed()
    })
    .toBeGreaterThan(0)
  for (const [from, to] of [
    [before, after],
    [after, before],
  ] as const) {
    const callback = await reachCallback(browser, from, '/login?returnTo=/private')
    const page = await deliver(new Browser(), callback, to)
    expect([page.status, codeOf(page)]).toEqual([400, 'ERR_OIDC_CALLBACK_INVALID'])
    expect((await deliver(browser, callback, from)).status).toBe(200)
  }
})
