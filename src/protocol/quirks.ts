/**
 * Where providers differ from the specifications, all in this one place. Each entry names the provider and what it
 * does; the rest of the library knows no provider by name.
 */

/**
 * Errors after which the same sign-in, started again, can succeed. Ory Hydra answers `request_forbidden` for the
 * older of two sign-ins that the same browser has begun.
 */
const restartableErrors: ReadonlySet<string> = new Set(['request_forbidden'])

/** Whether a sign-in that ended with this error may be started again at once. */
export function isRestartable(error: string): boolean {
  return restartableErrors.has(error)
}
