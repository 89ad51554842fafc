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
export function reportFailure({
  log,
  issuer,
  recent,
}: Settings): (error: OidcError, retryInMs: number) => void {
  let said = ''
  return (error, retryInMs) => {
    publish('provider.failed', { issuer, error, retryIn: retryInMs / 1_000 })
    recent.ofBackground(error)
    if (error.message === said) return
    said = error.message
    log(`${error.message} Pages that need no sign-in still work. Trying again.`)
  }
}

/**
 * When the provider's configuration is read again, and what is said about it: each failure as an event, in the log only when the reason
 * changes; of a success only that it follows a failure, or what has changed.
 */
export function freshness({ log, issuer, recent, rediscoverEvery: every }: Settings): Freshness {
  let said = ''
  return {
    every,
    onRead(members) {
      const isBack = said !== ''
      said = ''
      if (!isBack && members.length === 0) return
      publish('provider.discovered', { issuer })
      if (members.length > 0)
        log(`The configuration of the provider ${issuer} has changed, and is in use: ${members.join(', ')}.`)
      else log(`The configuration of the provider ${issuer} could be read again.`)
    },
    onFailure(error, retryInMs) {
      publish('provider.failed', { issuer, error, retryIn: retryInMs / 1_000 })
      recent.ofBackground(error)
      if (error.message === said) return
      said = error.message
      log(`${error.message} The configuration that was read before stays in use.`)
    },
  }
}
