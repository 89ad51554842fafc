import type { Counter, Histogram, Meter, UpDownCounter } from '@opentelemetry/api'

/** Where the measurements go. */
export interface Instruments {
  readonly duration: Histogram
  readonly active: UpDownCounter
  readonly events: Counter
  readonly endedLogins: Counter
}

/** Seconds, as the semantic conventions advise for HTTP requests. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/** Makes the instruments. Their names and units are public: docs/opentelemetry.md lists them. */
export function buildInstruments(meter: Meter): Instruments {
  return {
    duration: meter.createHistogram('oidc.rp.operation.duration', {
      description: 'Duration of operations.',
      unit: 's',
      advice: { explicitBucketBoundaries: BUCKETS },
    }),
    active: meter.createUpDownCounter('oidc.rp.active_operations', {
      description: 'Operations that are running.',
      unit: '{operation}',
    }),
    events: meter.createCounter('oidc.rp.events', {
      description: 'Events of the library.',
      unit: '{event}',
    }),
    endedLogins: meter.createCounter('oidc.rp.ended_logins', {
      description: 'Logins that the provider has ended.',
      unit: '{login}',
    }),
  }
}
