import { cleanWords } from './clean-words.ts'
import { logOnce } from './log-once.ts'

/** A warning of the process, because telemetry belongs to no relying party, and so to no log of one. */
const warnOnce = logOnce(sentence => process.emitWarning(sentence))

/** Says that a part of the app's telemetry failed. Nothing else may come of it. */
export function warnOfTelemetry(part: string, error: unknown): void {
  const reason = error instanceof Error ? cleanWords(error.message) : undefined
  warnOnce(`express-oidc-rp: ${part} failed, and only what it records is lost: ${reason ?? 'no Error'}`)
}
