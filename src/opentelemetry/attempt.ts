import { warnOfTelemetry } from '../vocabulary/failed-telemetry.ts'

/** Uses the tracer or a span. If that throws, a span is lost, and nothing else. */
export function tracing<Result>(use: () => Result): Result | undefined {
  return attempt('the OpenTelemetry tracer', use)
}

/** Uses an instrument. If that throws, a measurement is lost, and nothing else. */
export function measuring(use: () => void): void {
  attempt('the OpenTelemetry meter', use)
}

function attempt<Result>(part: string, use: () => Result): Result | undefined {
  try {
    return use()
  } catch (error) {
    warnOfTelemetry(part, error)
    return undefined
  }
}
