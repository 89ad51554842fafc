import { describe, expect, test } from 'vitest'
import { bound } from '../../support/providers/dpop-provider.ts'
import {
  call,
  countAnswers,
  placeOf,
  portOf,
  prependKey,
  signedIn,
  stageOf,
  startBound,
  thumbprint,
} from '../../support/tokens/dpop-stage.ts'
import { askToken } from '../../support/tokens/token-routes.ts'

describe.for([true, false])('at oidc-provider, with nonces: %s,', wantsNonces => {
  test('tokens are bound to one key at each step', async () => {
    const stage = await stageOf(wantsNonces)
    const app = await startBound(stage)
    const first = countAnswers(stage)
    const browser = await signedIn(app)
    const once = wantsNonces ? ['/request 400'] : []
    expect(first()).toEqual([...once, '/request 201', '/token 200', '/me 200'])
    const second = countAnswers(stage)
    await signedIn(app)
    expect(second()).toEqual(['/request 201', '/token 200', '/me 200'])

    const jkt = await thumbprint(stage.store, stage.provider.issuer)
    expect(await call(app, browser)).toMatchObject({ status: 200, text: 'heard x=1' })
    const statuses = wantsNonces ? [401, 200] : [200]
    expect(stage.api.calls.map(({ status }) => status)).toEqual(statuses)
    for (const { scheme, body, jkt: by } of stage.api.calls)
      expect([scheme, body, by]).toEqual(['DPoP', 'x=1', jkt])
    expect(await call(app, browser)).toMatchObject({ status: 200 })
    expect(stage.api.calls).toHaveLength(statuses.length + 1)

    const { token } = await askToken(app, browser)
    const renewed = await askToken(app, browser, '?scope=openid')
    expect(renewed.status).toBe(200)
    expect(renewed.token).not.toBe(token)
    for (const value of [token, renewed.token])
      expect(await stage.provider.provider.AccessToken.find(String(value))).toMatchObject({ jkt })
    expect(JSON.parse((await browser.open(`${app.url}/userinfo`)).text)).toMatchObject({ sub: 'alice' })
  })
})

describe('bound tokens go on working', () => {
  test('at a second replica, after a restart, and after a rotation', async () => {
    const stage = await stageOf(true)
    const app = await startBound(stage)
    const replica = await startBound(stage, { baseUrl: app.url })
    const browser = await signedIn(app)
    const jkt = await thumbprint(stage.store, stage.provider.issuer)

    expect(await call(replica, browser)).toMatchObject({ status: 200 })
    expect((await askToken(replica, browser, '?scope=openid')).status).toBe(200)
    expect(await app.rp.rotate()).toBe('keys')
    expect((await askToken(app, browser, '?scope=profile')).status).toBe(200)
    await signedIn(app)
    await app.close()
    const probed = countAnswers(stage)
    const restarted = await startBound(stage, {}, portOf(app))
    await expect.poll(probed).toContain('/token 400') // for the made-up code, and not for want of a proof
    expect(restarted.log.join()).not.toContain('Could not find out')
    expect(await call(restarted, browser)).toMatchObject({ status: 200 })
    expect((await askToken(restarted, browser, '?scope=openid+profile')).status).toBe(200)
    expect(new Set(stage.api.calls.map(call => call.jkt))).toEqual(new Set([jkt]))
    expect(await thumbprint(stage.store, stage.provider.issuer)).toBe(jkt)
  })

  test('in another process, when the store has lost the key', async () => {
    const stage = await stageOf(true)
    const app = await startBound(stage, { rereadEvery: 0.02 })
    const browser = await signedIn(app)
    const jkt = await thumbprint(stage.store, stage.provider.issuer)
    await stage.store.delete(placeOf(stage.provider.issuer))
    await expect.poll(() => thumbprint(stage.store, stage.provider.issuer).catch(() => '')).toBe(jkt)
    const replica = await startBound(stage, { baseUrl: app.url })
    expect(await call(replica, browser)).toMatchObject({ status: 200 })
  })
})

test('logins from before the switch go on as bearer tokens, and their next refresh is bound', async () => {
  const stage = await stageOf(true)
  const before = await startBound(stage, { metadata: {} })
  const browser = await signedIn(before)
  const { token } = await askToken(before, browser)
  expect((await stage.provider.provider.AccessToken.find(String(token)))?.jkt).toBeUndefined()
  await before.close()

  const after = await startBound(stage, {}, portOf(before))
  expect(await askToken(after, browser)).toEqual({ status: 200, token })
  expect(JSON.parse((await browser.open(`${after.url}/userinfo`)).text)).toMatchObject({ sub: 'alice' })
  await call(after, browser)
  expect(stage.api.calls.map(({ scheme }) => scheme)).toEqual(['Bearer'])
  const renewed = await askToken(after, browser, '?scope=openid')
  const jkt = await thumbprint(stage.store, stage.provider.issuer)
  expect(await stage.provider.provider.AccessToken.find(String(renewed.token))).toMatchObject({ jkt })
  await signedIn(after)
})

test('after the switch is turned off, bound tokens go on until a refresh brings bearer tokens', async () => {
  const stage = await stageOf(true)
  const before = await startBound(stage)
  const browser = await signedIn(before)
  await before.close()

  const after = await startBound(stage, { metadata: { dpop_bound_access_tokens: false } }, portOf(before))
  expect(await call(after, browser)).toMatchObject({ status: 200 })
  expect(JSON.parse((await browser.open(`${after.url}/userinfo`)).text)).toMatchObject({ sub: 'alice' })
  const renewed = await askToken(after, browser, '?scope=openid')
  expect(renewed.status).toBe(200)
  expect((await stage.provider.provider.AccessToken.find(String(renewed.token)))?.jkt).toBeUndefined()
  await signedIn(after)
})

test('a client without credentials renews its tokens with the key that they are bound to', async () => {
  const stage = await stageOf(true)
  const metadata = { ...bound, token_endpoint_auth_method: 'none' }
  const app = await startBound(stage, { metadata, pushedAuthorizationRequests: false })
  const browser = await signedIn(app)
  const before = await thumbprint(stage.store, stage.provider.issuer)
  await prependKey(stage.store, stage.provider.issuer)
  await app.close()

  const restarted = await startBound(stage, { metadata, pushedAuthorizationRequests: false }, portOf(app))
  const renewed = await askToken(restarted, browser, '?scope=openid')
  expect(renewed.status, restarted.log.join()).toBe(200)
  const { AccessToken } = stage.provider.provider
  expect(await AccessToken.find(String(renewed.token))).toMatchObject({ jkt: before })
  const later = await askToken(restarted, await signedIn(restarted))
  const after = await thumbprint(stage.store, stage.provider.issuer)
  expect(after).not.toBe(before)
  expect(await AccessToken.find(String(later.token))).toMatchObject({ jkt: after })
})
