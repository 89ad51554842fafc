import { randomUUID } from 'node:crypto'
import {
  createNoopMeter,
  INVALID_SPAN_CONTEXT,
  type Meter,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import { expect, onTestFinished, vi } from 'vitest'
import { instrumentRelyingParty, type OpenTelemetryOptions } from '../../src/opentelemetry.ts'
import { codeOf } from '../support/flow.ts'
import { test } from '../support/opentelemetry/telemetry-flow.ts'

function thrower(): { readonly reason: string; readonly throws: () => never } {
  const reason = `gone ${randomUUID()}` // of its own, because one that was said is not said again
  return {
    reason,
    throws() {
      throw new Error(reason)
    },
  }
}

/** One that differs from a given object, which others use too, in that these functions throw. */
function broken<Made extends object>(made: Made, names: readonly (keyof Made)[], throws: () => never): Made {
  return Object.assign(Object.create(made), Object.fromEntries(names.map(name => [name, throws])))
}

function withoutSpans(throws: () => never): OpenTelemetryOptions {
  const tracerProvider: TracerProvider = {
    getTracer: () => ({ startSpan: throws, startActiveSpan: throws }),
  }
  return { tracerProvider }
}

function withBadSpans(throws: () => never): OpenTelemetryOptions {
  const startSpan = (): ReturnType<typeof trace.wrapSpanContext> =>
    broken(trace.wrapSpanContext(INVALID_SPAN_CONTEXT), ['setAttributes', 'setStatus', 'end'], throws)
  return { tracerProvider: { getTracer: () => ({ startSpan, startActiveSpan: throws }) } }
}

function withoutMeasurements(throws: () => never): OpenTelemetryOptions {
  const made = createNoopMeter()
  const meter: Meter = Object.assign(Object.create(made), {
    createHistogram: () => broken(made.createHistogram(''), ['record'], throws),
    createCounter: () => broken(made.createCounter(''), ['add'], throws),
    createUpDownCounter: () => broken(made.createUpDownCounter(''), ['add'], throws),
  })
  return { meterProvider: { getMeter: () => meter } }
}

test.for([
  ['a tracer that makes no spans', 'tracer', withoutSpans],
  ['spans that take nothing', 'tracer', withBadSpans],
  ['a meter that takes nothing', 'meter', withoutMeasurements],
] as const)(
  'with %s, users sign in, are refused and sign out as ever, and one warning says so',
  async ([, part, build], { provider, telemetry, start, browser }) => {
    const { reason, throws } = thrower()
    const emitWarning = vi.spyOn(process, 'emitWarning').mockReturnValue()
    onTestFinished(() => emitWarning.mockRestore())
    const instrumentation = instrumentRelyingParty(build(throws))
    onTestFinished(() => instrumentation.disable())

    const app = await start()
    await app.rp.ready()
    provider.expireCode()
    expect(codeOf(await browser.open(`${app.url}/private`))).toBe('ERR_OIDC_CODE_REFUSED')
    expect(await app.userOf(browser)).toBeNull()
    await browser.open(`${app.url}/private`)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'alice' })
    await browser.submit(await browser.open(`${provider.issuer}/session/end`), { logout: 'yes' })
    expect(await app.userOf(browser)).toBeNull()

    const outcomes = telemetry
      .own()
      .map(({ name, attributes: of }) => [name, of['oidc.outcome'] ?? of['error.type']])
    expect(outcomes, 'what the instrumentation that works has recorded').toEqual([
      ['oidc.rp.registration', 'client.registered'],
      ['oidc.rp.login', 'login.started'],
      ['oidc.rp.callback', 'ERR_OIDC_CODE_REFUSED'],
      ['oidc.rp.login', 'login.started'],
      ['oidc.rp.callback', 'login.completed'],
      ['oidc.rp.logout-token', 'logout.received'],
    ])
    const said = emitWarning.mock.calls
      .map(([words]) => String(words))
      .filter(words => words.includes(reason))
    expect(said).toEqual([expect.stringContaining(`the OpenTelemetry ${part} failed`)])
  },
)
