import type { OidcError } from '../vocabulary/errors.ts'
import { publish } from '../vocabulary/events.ts'
import type { Settings } from './options/settings.ts'

/** Half a second to half a minute, spread so that replicas do not ask together. A refusal is asked again each 5 minutes. */
export function nextPause(failures: number, error: OidcError): number {
  const longest = isTransient(error) ? 30_000 : 300_000
  const shortest = isTransient(error) ? 500 : 10_000
  return Math.min(longest, shortest * 2 ** (failures - 1)) * (0.75 + Math.random() / 2)
}

/** Whether something was merely away, so that nothing speaks against asking again at once. */
export function isTransient({ code }: OidcError): boolean {
  return code === 'ERR_OIDC_PROVIDER_UNAVAILABLE' || code === 'ERR_OIDC_STORE_UNAVAILABLE'
}

/** Whether only a change of the configuration, here or at the provider, helps. */
export function isFinal({ code }: OidcError): boolean {
  return (
    code === 'ERR_OIDC_REGISTRATION_REFUSED' ||
    code === 'ERR_OIDC_DISCOVERY_INVALID' ||
    code === 'ERR_OIDC_CLIENT_METADATA_INVALID'
  )
}

/** Says each reason once, not at each attempt. */
export function reportFailure({ log, issuer }: Settings): (error: OidcError, retryInMs: number) => void {
  let said = ''
  return (error, retryInMs) => {
    publish('provider.failed', { issuer, error, retryIn: retryInMs / 1_000 })
    if (error.message === said) return
    said = error.message
    log(`${error.message} Pages without sign-in work meanwhile; trying again.`)
  }
}
