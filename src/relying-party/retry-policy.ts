import type { Freshness } from '../protocol/provider/fresh-provider.ts'
import type { OidcError } from '../vocabulary/errors.ts'
import { publish } from '../vocabulary/events.ts'
import type { Settings } from './options/settings.ts'

/**
 * Milliseconds until the next attempt: half a second at first, up to 30 seconds; after a refusal 10 seconds, up to 5 minutes. Random
 * within a quarter, so that replicas do not ask at the same time.
 */
export function nextPause(failures: number, error: OidcError): number {
  const longest = isTransient(error) ? 30_000 : 300_000
  const shortest = isTransient(error) ? 500 : 10_000
  return Math.min(longest, shortest * 2 ** (failures - 1)) * (0.75 + Math.random() / 2)
}

/** Whether the provider or the store was unavailable, so that a new attempt may succeed at any time. */
export function isTransient({ code }: OidcError): boolean {
  return code === 'ERR_OIDC_PROVIDER_UNAVAILABLE' || code === 'ERR_OIDC_STORE_UNAVAILABLE'
}

/** Whether only a configuration change, in the app or at the provider, can fix a failure. */
export function isFinal({ code }: OidcError): boolean {
  return (
    code === 'ERR_OIDC_REGISTRATION_REFUSED' ||
    code === 'ERR_OIDC_DISCOVERY_INVALID' ||
    code === 'ERR_OIDC_CLIENT_METADATA_INVALID'
  )
}

/** Makes what reports failures: each as an event, and in the log only when the reason changes. */
export function reportFailure({ log, issuer }: Settings): (error: OidcError, retryInMs: number) => void {
  let said = ''
  return (error, retryInMs) => {
    publish('provider.failed', { issuer, error, retryIn: retryInMs / 1_000 })
    if (error.message === said) return
    said = error.message
    log(`${error.message} Pages that need no sign-in still work. Trying again.`)
  }
}

/** When the provider's configuration is read again, and what the log says about it. A reason is said again only after another one. */
export function freshness({ log, issuer, rediscoverEvery: every }: Settings): Freshness {
  let said = ''
  return {
    every,
    onChange(members) {
      said = ''
      publish('provider.discovered', { issuer })
      log(`The configuration of the provider ${issuer} has changed, and is in use: ${members.join(', ')}.`)
    },
    onFailure(error) {
      if (error.message === said) return
      said = error.message
      log(`${error.message} The configuration that was read before stays in use.`)
    },
  }
}
