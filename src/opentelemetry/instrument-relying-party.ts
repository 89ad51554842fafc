import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type MeterProvider, metrics, type TracerProvider, trace } from '@opentelemetry/api'
import type { OidcEvents } from '../vocabulary/events.ts'
import type { OidcOperation, OidcOperations } from '../vocabulary/operations.ts'
import { measuring } from './attempt.ts'
import { errorType, outcomes } from './attributes.ts'
import { buildInstruments, type Instruments } from './instruments.ts'
import { operationRecorder } from './operation-recorder.ts'

/** Options of {@link instrumentRelyingParty}. */
export interface OpenTelemetryOptions {
  /** Where spans go. Default: the tracer provider that is registered globally. */
  readonly tracerProvider?: TracerProvider
  /** Where metrics go. Default: the meter provider that is registered globally. */
  readonly meterProvider?: MeterProvider
}

/** What {@link instrumentRelyingParty} returns. */
export interface Instrumentation {
  /** Ends it: no more spans and metrics. Operations that are running are still recorded. */
  disable(): void
}

/** The version of this package, as the scope of spans and metrics names it. */
const VERSION = '0.1.0'

const operations: Readonly<Record<keyof OidcOperations, true>> = {
  login: true,
  callback: true,
  refresh: true,
  'logout-token': true,
  registration: true,
  rotation: true,
}

/**
 * Records every relying party of the process with OpenTelemetry: a span for each sign-in, callback, refresh, logout token,
 * registration and rotation, and metrics of their durations and of all events. Call it once, after the SDK has started and before
 * `relyingParty()`. No span and no metric contains a secret, a token, or who a user is.
 *
 * @example
 * ```ts
 * import { instrumentRelyingParty } from 'express-oidc-rp/opentelemetry'
 *
 * instrumentRelyingParty()
 * ```
 */
export function instrumentRelyingParty(options: OpenTelemetryOptions = {}): Instrumentation {
  const { tracerProvider = trace, meterProvider = metrics } = options
  const instruments = buildInstruments(meterProvider.getMeter('express-oidc-rp', VERSION))
  const recorder = operationRecorder(tracerProvider.getTracer('express-oidc-rp', VERSION), instruments)
  const subscriptions = [
    ...namesOf(operations).map(name =>
      follow<OidcOperation>(`tracing:express-oidc-rp:${name}:start`, operation =>
        recorder.record(name, operation),
      ),
    ),
    ...namesOf(outcomes).map(name =>
      follow<OidcEvents[typeof name]>(`express-oidc-rp:${name}`, event => {
        count(instruments, name, event)
        recorder.note(name, event)
      }),
    ),
  ]
  return {
    disable() {
      for (const end of subscriptions) end()
    },
  }
}

function count(
  { events, endedLogins }: Instruments,
  name: keyof OidcEvents,
  event: OidcEvents[keyof OidcEvents],
): void {
  const { issuer } = event
  const error = 'error' in event ? { 'error.type': errorType(event.error) } : {}
  measuring(() => events.add(1, { 'oidc.event': name, 'oidc.issuer': issuer, ...error }))
  if ('endedLogins' in event) {
    const { endedLogins: number, channel, by } = event
    const labels = { 'oidc.issuer': issuer, 'oidc.logout.channel': channel, 'oidc.logout.by': by }
    measuring(() => endedLogins.add(number, labels))
  }
}

/** Returns what ends it. The types of messages are in {@link OidcEvents} and {@link OidcOperations}. */
function follow<Message>(channel: string, onMessage: (message: Message) => void): () => void {
  const listener = (message: unknown): void => onMessage(message as Message)
  subscribe(channel, listener)
  return () => void unsubscribe(channel, listener)
}

function namesOf<Name extends string>(record: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(record) as Name[]
}
