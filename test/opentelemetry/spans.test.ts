import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { describe, expect } from 'vitest'
import { attemptSilentLogin } from '../../src/index.ts'
import { codeOf, referenceOf } from '../support/flow.ts'
import { childrenOf, parentOf, told } from '../support/opentelemetry/telemetry.ts'
import { passProvider, test } from '../support/opentelemetry/telemetry-flow.ts'

const { UNSET, ERROR } = SpanStatusCode

describe('a span', () => {
  test('is made of each step of a sign-in, below the request, and above the requests to the provider', async ({
    provider,
    telemetry,
    start,
    browser,
  }) => {
    const app = await start()
    await app.rp.ready()
    const page = await browser.open(`${app.url}/private`)
    expect(page.text).toBe('private page of Alice')
    const [registration, login, callback, ...others] = telemetry.own()
    if (!registration || !login || !callback) throw new Error('A span is missing.')
    expect(others).toEqual([])
    const { hostname, port } = new URL(provider.issuer)
    const always = {
      status: UNSET,
      'oidc.issuer': provider.issuer,
      'server.address': hostname,
      'server.port': Number(port),
      'oidc.client.id': app.rp.status().clientId,
    }
    expect([registration, login, callback].map(({ name }) => name)).toEqual([
      'oidc.rp.registration',
      'oidc.rp.login',
      'oidc.rp.callback',
    ])
    expect(told(registration)).toEqual({
      ...always,
      'oidc.outcome': 'client.registered',
      'oidc.client.name': 'default',
    })
    expect(told(login)).toEqual({
      ...always,
      'oidc.outcome': 'login.started',
      'oidc.client.generation': 1,
    })
    expect(told(callback)).toEqual({
      ...always,
      'oidc.outcome': 'login.completed',
      'oidc.client.generation': 1,
    })
    expect([registration, login, callback].map(({ kind }) => kind)).toEqual(
      Array.from({ length: 3 }, () => SpanKind.INTERNAL),
    )
    expect([login, callback].map(span => parentOf(span, telemetry)?.name)).toEqual([
      'GET /private',
      'GET /callback',
    ])
    expect(childrenOf(registration, telemetry)).toEqual(['POST /reg'])
    expect(childrenOf(callback, telemetry)).toEqual(['POST /token', 'GET /jwks', 'GET /me'])
    for (const { startTime, endTime } of [login, callback]) expect(endTime).not.toEqual(startTime)
  })

  test('of a callback that fails has the code and the reference of the page', async ({
    provider,
    telemetry,
    start,
    browser,
  }) => {
    const app = await start()
    provider.expireCode()
    const page = await browser.open(`${app.url}/private`)
    expect(codeOf(page)).toBe('ERR_OIDC_CODE_REFUSED')
    expect(await app.userOf(browser)).toBeNull()
    const [callback] = telemetry.own('oidc.rp.callback')
    expect(callback && told(callback)).toMatchObject({
      status: ERROR,
      'error.type': 'ERR_OIDC_CODE_REFUSED',
      'oidc.provider.error': 'invalid_grant',
      'oidc.error.reference': referenceOf(page),
      'oidc.client.id': app.rp.status().clientId,
    })
    expect(callback?.attributes).not.toHaveProperty('oidc.outcome')
    expect(callback?.status.message).toBeUndefined()
    await browser.open(`${app.url}/private`)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'alice' })
    expect(telemetry.own('oidc.rp.callback').map(({ status }) => status.code)).toEqual([ERROR, UNSET])
  })

  test('shows no error code that no provider would send', async ({ provider, telemetry, start, browser }) => {
    const app = await start()
    const state = (await passProvider(browser, app)).searchParams.get('state') ?? ''
    const query = new URLSearchParams({ error: 'Alice.Smith', state, iss: provider.issuer })
    const page = await browser.open(`${app.url}/callback?${query.toString()}`)
    expect(codeOf(page)).toBe('ERR_OIDC_AUTHORIZATION_FAILED')
    expect(await app.userOf(browser)).toBeNull()
    const [callback] = telemetry.own('oidc.rp.callback')
    expect(told(callback)).toMatchObject({ status: ERROR, 'error.type': 'ERR_OIDC_AUTHORIZATION_FAILED' })
    expect(told(callback)).not.toHaveProperty('oidc.provider.error')
  })

  test('of a sign-in that starts again is above the span of the new start', async ({
    telemetry,
    start,
    browser,
  }) => {
    const app = await start()
    const callback = await passProvider(browser, app)
    await browser.jar.removeAllCookies()
    await browser.open(callback.href)
    const [lost, completed] = telemetry.own('oidc.rp.callback')
    expect(told(lost)).toMatchObject({ status: UNSET, 'oidc.outcome': 'login.restarted' })
    expect(lost && childrenOf(lost, telemetry)).toEqual(['oidc.rp.login'])
    expect(told(completed)).toMatchObject({ status: UNSET, 'oidc.outcome': 'login.completed' })
  })

  test('is made of the post of form_post, and of the request that completes it', async ({
    telemetry,
    start,
    browser,
  }) => {
    const app = await start({ relyingParty: { responseMode: 'form_post' } })
    await browser.submit(await browser.open(`${app.url}/private`))
    expect(await app.userOf(browser)).toMatchObject({ sub: 'alice' })
    const callbacks = telemetry.own('oidc.rp.callback')
    expect(callbacks.map(span => parentOf(span, telemetry)?.name)).toEqual([
      'POST /callback',
      'GET /callback',
    ])
    expect(callbacks.map(({ attributes }) => attributes['oidc.outcome'])).toEqual([
      undefined,
      'login.completed',
    ])
  })

  test('of a silent sign-in without a session at the provider has not failed', async ({
    telemetry,
    start,
    browser,
  }) => {
    const app = await start({
      after: app => app.get('/silent', attemptSilentLogin(), (_, res) => res.send('!')),
    })
    await app.rp.ready()
    expect((await browser.open(`${app.url}/silent`)).text).toBe('!')
    const [callback] = telemetry.own('oidc.rp.callback')
    expect(told(callback)).toMatchObject({ status: UNSET, 'oidc.outcome': 'login.silent-failed' })
    expect(told(callback)).not.toHaveProperty('error.type')
  })
})
