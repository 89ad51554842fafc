import type { MetricData } from '@opentelemetry/sdk-metrics'
import { expect } from 'vitest'
import { codeOf } from '../support/flow.ts'
import type { Telemetry } from '../support/opentelemetry/telemetry.ts'
import { test } from '../support/opentelemetry/telemetry-flow.ts'

type Point = MetricData['dataPoints'][number]

/** The values of a metric, each with its attributes. For a histogram, its counts. */
async function valuesOf(telemetry: Telemetry, metric: string): Promise<object[]> {
  const found = (await telemetry.metrics()).find(({ descriptor }) => descriptor.name === metric)
  const value = ({ value }: Point): number => (typeof value === 'number' ? value : value.count)
  return (found?.dataPoints ?? []).map(point => ({ value: value(point), ...point.attributes }))
}

test('operations are counted by their outcome, and measured in seconds', async ({
  provider,
  telemetry,
  start,
  browser,
}) => {
  const app = await start()
  await app.rp.ready()
  provider.expireCode()
  expect(codeOf(await browser.open(`${app.url}/private`))).toBe('ERR_OIDC_CODE_REFUSED')
  expect(await app.userOf(browser)).toBeNull()
  await browser.open(`${app.url}/private`)
  expect(await app.userOf(browser)).not.toBeNull()
  const always = { 'oidc.issuer': provider.issuer }
  const operation = (name: string): object => ({ ...always, 'oidc.operation': name })
  expect(await valuesOf(telemetry, 'oidc.rp.operation.duration')).toEqual([
    { value: 1, ...operation('registration'), 'oidc.outcome': 'client.registered' },
    { value: 2, ...operation('login'), 'oidc.outcome': 'login.started' },
    { value: 1, ...operation('callback'), 'error.type': 'ERR_OIDC_CODE_REFUSED' },
    { value: 1, ...operation('callback'), 'oidc.outcome': 'login.completed' },
  ])
  expect(await valuesOf(telemetry, 'oidc.rp.active_operations')).toEqual(
    ['registration', 'login', 'callback'].map(name => ({ value: 0, ...operation(name) })),
  )
  const [duration] = (await telemetry.metrics()).filter(({ descriptor }) => descriptor.unit === 's')
  for (const { value } of duration?.dataPoints ?? [])
    expect(value).toMatchObject({ buckets: { boundaries: expect.arrayContaining([0.005, 10]) } })
})

test('an operation that has not ended is active', async ({ provider, telemetry, start, browser }) => {
  const app = await start()
  await app.rp.ready()
  const login = { 'oidc.issuer': provider.issuer, 'oidc.operation': 'login' }
  const active: object[] = []
  const slow = await start({
    relyingParty: {
      async authorizationParameters() {
        active.push(...(await valuesOf(telemetry, 'oidc.rp.active_operations')))
        return {}
      },
    },
  })
  await slow.rp.ready()
  await browser.open(`${slow.url}/login`)
  expect(active).toContainEqual({ value: 1, ...login })
  expect(await valuesOf(telemetry, 'oidc.rp.active_operations')).toContainEqual({ value: 0, ...login })
})

test('every event is counted, with the code of its error, and the logins that the provider ends', async ({
  provider,
  telemetry,
  start,
  browser,
}) => {
  const app = await start()
  await browser.open(`${app.url}/private`)
  await browser.open(`${app.url}/callback?state=made-up`)
  await browser.submit(await browser.open(`${provider.issuer}/session/end`), { logout: 'yes' })
  expect(await app.userOf(browser)).toBeNull()
  const events = await valuesOf(telemetry, 'oidc.rp.events')
  const issuer = { 'oidc.issuer': provider.issuer }
  for (const event of ['client.registered', 'login.completed', 'logout.received', 'login.ended'])
    expect(events).toContainEqual({ value: 1, ...issuer, 'oidc.event': event })
  expect(await valuesOf(telemetry, 'oidc.rp.ended_logins')).toEqual([
    { value: 1, ...issuer, 'oidc.logout.channel': 'back', 'oidc.logout.by': 'sid' },
  ])
  await browser.open(`${app.url}/callback?state=made-up&code=a`)
  expect(await valuesOf(telemetry, 'oidc.rp.events')).toContainEqual({
    value: 1,
    ...issuer,
    'oidc.event': 'request.failed',
    'error.type': 'ERR_OIDC_STATE_UNKNOWN',
  })
})

test('after disable() nothing is recorded', async ({ telemetry, start, browser }) => {
  const app = await start()
  await app.rp.ready()
  telemetry.instrumentation.disable()
  await browser.open(`${app.url}/private`)
  expect(await app.userOf(browser)).not.toBeNull()
  expect(telemetry.own().map(({ name }) => name)).toEqual(['oidc.rp.registration'])
  expect(await valuesOf(telemetry, 'oidc.rp.events')).not.toContainEqual(
    expect.objectContaining({ 'oidc.event': 'login.completed' }),
  )
})
