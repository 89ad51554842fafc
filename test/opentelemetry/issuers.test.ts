import { expect, test } from 'vitest'
import { traced } from '../../src/vocabulary/operations.ts'
import { recordTelemetry } from '../support/opentelemetry/telemetry.ts'

test.each([
  ['https://op.test/tenant', { 'server.address': 'op.test', 'server.port': 443 }],
  ['http://op.test', { 'server.address': 'op.test', 'server.port': 80 }],
  ['https://op.test:8443', { 'server.address': 'op.test', 'server.port': 8443 }],
  ['https://{tenant id}.op.test', {}],
])('a span names the server of the issuer %s', async (issuer, server) => {
  const telemetry = recordTelemetry()
  expect(await traced('login', { issuer }, async () => 'done')).toBe('done')
  expect(telemetry.own()[0]?.attributes).toEqual({ 'oidc.issuer': issuer, ...server })
})
