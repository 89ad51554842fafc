import { describe, expect, test } from 'vitest'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import type { TestApp } from '../../support/app.ts'
import { deliver } from '../../support/apps/replicas.ts'
import { Browser } from '../../support/browser.ts'
import { stopClock } from '../../support/clock.ts'
import { reachCallback } from '../../support/flow.ts'
import { bound } from '../../support/providers/dpop-provider.ts'
import {
  call,
  countAnswers,
  placeOf,
  portOf,
  prependKey,
  type Stage,
  signedIn,
  stageOf,
  startBound,
  thumbprint,
} from '../../support/tokens/dpop-stage.ts'
import { askToken } from '../../support/tokens/token-routes.ts'

stopClock()

/** Without a consent each time, a user who is signed in at the provider comes back at once. */
const quick = { scope: 'openid profile', authorizationParameters: {} }

/** Starts the app again, at its address, with a store that has lost the key. */
async function restartWithoutKey(
  stage: Stage,
  app: TestApp,
  options: Partial<RelyingPartyOptions> = {},
): Promise<TestApp> {
  await app.close()
  await stage.store.delete(placeOf(stage.provider.issuer))
  return startBound(stage, options, portOf(app))
}

describe('a sign-in whose code is bound to a key', () => {
  test('that the store has lost starts again, and the code is not sent', async () => {
    const stage = await stageOf(true)
    const app = await startBound(stage, quick)
    const browser = await signedIn(app)
    const callback = await reachCallback(browser, app, '/login?returnTo=/private')
    const before = await thumbprint(stage.store, stage.provider.issuer)
    const restarted = await restartWithoutKey(stage, app, quick)
    const answers = countAnswers(stage)
    const page = await browser.open(callback.href)
    expect([page.status, page.url], restarted.log.join()).toEqual([200, `${app.url}/private`])
    expect(answers().filter(line => line.startsWith('/token'))).toEqual(['/token 200'])
    expect(await thumbprint(stage.store, stage.provider.issuer)).not.toBe(before)
  })

  test('is finished by a replica that has a newer one', async () => {
    const stage = await stageOf(true)
    const app = await startBound(stage, quick)
    const browser = await signedIn(app)
    const callback = await reachCallback(browser, app, '/login?returnTo=/private')
    const jkt = await thumbprint(stage.store, stage.provider.issuer)
    await prependKey(stage.store, stage.provider.issuer)
    const replica = await startBound(stage, { ...quick, baseUrl: app.url })
    const answers = countAnswers(stage)
    await deliver(browser, callback, replica)
    const served = answers().filter(line => !line.endsWith(' 400')) // without those that want a nonce
    expect(served, replica.log.join()).toEqual(['/token 200', '/me 200'])
    const { token } = await askToken(replica, browser)
    expect(await stage.provider.provider.AccessToken.find(String(token))).toMatchObject({ jkt })
    const later = await askToken(replica, await signedIn(replica))
    const newer = await stage.provider.provider.AccessToken.find(String(later.token))
    expect([newer?.jkt === jkt, newer?.jkt]).toEqual([false, expect.any(String)])
  })

  test('starts again when bound tokens were switched off meanwhile', async () => {
    const stage = await stageOf(true)
    const app = await startBound(stage, quick)
    const browser = await signedIn(app)
    const callback = await reachCallback(browser, app, '/login?returnTo=/private')
    await app.close()
    const metadata = { dpop_bound_access_tokens: false }
    const restarted = await startBound(stage, { ...quick, metadata }, portOf(app))
    const answers = countAnswers(stage)
    const page = await browser.open(callback.href)
    expect([page.status, page.url], restarted.log.join()).toEqual([200, `${app.url}/private`])
    expect(answers().filter(line => line.startsWith('/token'))).toEqual(['/token 200'])
  })
})

describe('a login whose tokens are bound to a key that the store has lost', () => {
  test('goes on: the next call refreshes them, bound to another key', async () => {
    const stage = await stageOf(true)
    const app = await startBound(stage)
    const browser = await signedIn(app)
    const before = await thumbprint(stage.store, stage.provider.issuer)
    const restarted = await restartWithoutKey(stage, app)
    const answers = countAnswers(stage)
    expect(await call(restarted, browser), restarted.log.join()).toMatchObject({ status: 200 })
    expect(await call(restarted, browser)).toMatchObject({ status: 200 })
    expect(answers().filter(line => line === '/token 200')).toHaveLength(1)
    const after = await thumbprint(stage.store, stage.provider.issuer)
    expect(after).not.toBe(before)
    expect(stage.api.calls.at(-1)).toMatchObject({ scheme: 'DPoP', jkt: after })
    expect(JSON.parse((await browser.open(`${restarted.url}/userinfo`)).text)).toMatchObject({ sub: 'alice' })
  })

  test('goes on at UserInfo, too', async () => {
    const stage = await stageOf(true)
    const app = await startBound(stage)
    const browser = await signedIn(app)
    const restarted = await restartWithoutKey(stage, app)
    expect(JSON.parse((await browser.open(`${restarted.url}/userinfo`)).text)).toMatchObject({ sub: 'alice' })
  })

  test('cannot go on without a refresh token, and the error says what to do', async () => {
    const stage = await stageOf(true)
    const app = await startBound(stage, quick)
    const browser = await signedIn(app)
    const restarted = await restartWithoutKey(stage, app, quick)
    const refused = { error: 'ERR_OIDC_ACCESS_TOKEN_REFUSED', message: expect.stringContaining('Sign in') }
    expect(await call(restarted, browser)).toMatchObject(refused)
    expect(stage.api.calls).toEqual([])
    expect(await restarted.userOf(browser)).toMatchObject({ sub: 'alice' })
  })

  test('of a client without credentials ends with a code that says so', async () => {
    const stage = await stageOf(true)
    const options = {
      metadata: { ...bound, token_endpoint_auth_method: 'none' },
      pushedAuthorizationRequests: false,
    } as const
    const app = await startBound(stage, options)
    const browser = await signedIn(app)
    const restarted = await restartWithoutKey(stage, app, options)
    expect(await call(restarted, browser)).toMatchObject({ error: 'ERR_OIDC_LOGIN_ENDED' })
    expect(await restarted.userOf(browser)).toBeNull()
    expect(await call(restarted, await signedIn(restarted, browser))).toMatchObject({ status: 200 })
  })
})

test('a login from before a newer key goes on with its own, and new ones begin with the newer', async () => {
  const stage = await stageOf(true)
  const app = await startBound(stage)
  const browser = await signedIn(app)
  const own = await thumbprint(stage.store, stage.provider.issuer)
  await prependKey(stage.store, stage.provider.issuer)
  await app.close()
  const restarted = await startBound(stage, {}, portOf(app))
  const newer = await thumbprint(stage.store, stage.provider.issuer)
  expect(await call(restarted, browser)).toMatchObject({ status: 200 })
  expect((await askToken(restarted, browser, '?scope=openid')).status).toBe(200)
  expect(await call(restarted, await signedIn(restarted, new Browser()))).toMatchObject({ status: 200 })
  expect([...new Set(stage.api.calls.map(({ jkt }) => jkt))]).toEqual([own, newer])
})
