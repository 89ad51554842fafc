export {
  // What ends it.
  type Instrumentation,
  // Spans and metrics of every relying party in the process.
  instrumentRelyingParty,
  // To send them somewhere else than to the global providers.
  type OpenTelemetryOptions,
} from './opentelemetry/instrument-relying-party.ts'
