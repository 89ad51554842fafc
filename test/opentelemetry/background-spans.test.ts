import { SpanStatusCode } from '@opentelemetry/api'
import { describe, expect } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { expectSignIn, test as scripted } from '../support/flow.ts'
import { childrenOf, parentOf, recordTelemetry } from '../support/opentelemetry/telemetry.ts'
import { test } from '../support/opentelemetry/telemetry-flow.ts'
import { status } from '../support/scripted-provider.ts'

describe('a span of the registration', () => {
  test('is below the sign-in that waits for it, otherwise it begins a trace of its own', async ({
    telemetry,
    start,
    browser,
  }) => {
    const first = await start()
    await first.rp.ready()
    const app = await start({ relyingParty: { start: 'first-use', store: memoryStore(), name: 'shop' } })
    await browser.open(`${app.url}/private`)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'alice' })
    const [alone, below] = telemetry.own('oidc.rp.registration')
    expect([alone?.attributes['oidc.client.name'], alone?.parentSpanContext]).toEqual(['default', undefined])
    expect(below?.attributes).toMatchObject({ 'oidc.client.name': 'shop' })
    expect(below && parentOf(below, telemetry)).toBe(telemetry.own('oidc.rp.login')[0])
  })

  scripted('fails with it', async ({ provider, start, browser }) => {
    const telemetry = recordTelemetry()
    provider.answer('register', status(403, { error: 'access_denied' }))
    const app = await start()
    await expect(app.rp.ready()).rejects.toMatchObject({ code: 'ERR_OIDC_REGISTRATION_REFUSED' })
    const [registration] = telemetry.own('oidc.rp.registration')
    expect(registration?.status.code).toBe(SpanStatusCode.ERROR)
    expect(registration?.attributes).toMatchObject({
      'error.type': 'ERR_OIDC_REGISTRATION_REFUSED',
      'oidc.provider.error': 'access_denied',
    })
    expect(registration?.attributes).not.toHaveProperty('oidc.client.id')
    provider.answer('register', undefined)
    await expectSignIn({ app: await start(), browser })
    expect(telemetry.own('oidc.rp.registration')[1]?.status.code).toBe(SpanStatusCode.UNSET)
  })
})

describe('a span of a rotation', () => {
  test('begins its own trace, also long after the request that started the app', async ({
    telemetry,
    start,
    browser,
  }) => {
    const relyingParty = { start: 'first-use', rotateEvery: 1, rereadEvery: 0.05 } as const
    const app = await start({ relyingParty })
    await browser.open(`${app.url}/private`)
    await expect.poll(() => telemetry.own('oidc.rp.rotation').length).toBeGreaterThan(0)
    const [rotation] = telemetry.own('oidc.rp.rotation')
    expect(rotation?.parentSpanContext).toBeUndefined()
    expect(rotation?.attributes).toMatchObject({
      'oidc.outcome': 'client.rotated',
      'oidc.rotation.way': 'keys',
      'oidc.client.id': app.rp.status().clientId,
      'oidc.client.name': 'default',
    })
    expect(telemetry.own('oidc.rp.login')[0]?.attributes).not.toHaveProperty('oidc.rotation.way')
  })

  test('that a request asks for is linked to it', async ({ telemetry, start, browser }) => {
    const app = await start({
      after: router => router.get('/rotate', async (_, res) => void res.send(await app.rp.rotate())),
    })
    await app.rp.ready()
    expect((await browser.open(`${app.url}/rotate`)).text).toBe('keys')
    const [rotation] = telemetry.own('oidc.rp.rotation')
    const request = telemetry.spans().find(({ name }) => name === 'GET /rotate')
    expect(rotation?.parentSpanContext).toBeUndefined()
    expect(rotation?.links.map(({ context }) => context)).toEqual([request?.spanContext()])
  })

  scripted('is above the registration of a client that replaces the app’s', async ({ start }) => {
    const telemetry = recordTelemetry()
    const { rp } = await start({ relyingParty: { metadata: { token_endpoint_auth_method: 'none' } } })
    await rp.ready()
    expect(await rp.rotate()).toBe('replacement')
    const [rotation] = telemetry.own('oidc.rp.rotation')
    const [, second] = telemetry.own('oidc.rp.registration')
    expect(second && parentOf(second, telemetry)).toBe(rotation)
    expect(rotation && childrenOf(rotation, telemetry)).toContain('oidc.rp.registration')
    expect(rotation?.attributes['oidc.rotation.way']).toBe('replacement')
  })
})
