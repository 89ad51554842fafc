import { OidcError } from '../../vocabulary/errors.ts'
import type { Settings } from '../options/settings.ts'

/** How often clients that are gone are replaced, over all replicas. */
const PAUSE = 600_000
const DAY = 86_400_000
const MOST_A_DAY = 5

/**
 * Refuses to register again so soon: a provider that keeps losing its clients must not be filled with new ones. A provider on the
 * same machine is a developer's, and may.
 *
 * @throws {@link OidcError} `ERR_OIDC_CLIENT_REFUSED`, which says when the next attempt is and what to do now.
 */
export function refuseTooOften({ isProviderLocal }: Settings, healedAt: readonly number[]): void {
  if (isProviderLocal) return
  const next = nextAttempt(recent(healedAt))
  const wait = next - Date.now()
  if (wait <= 0) return
  const count = recent(healedAt).length
  const times = count === 1 ? 'once' : `${count} times`
  const time = `${new Date(next).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  throw new OidcError('ERR_OIDC_CLIENT_REFUSED', {
    message: `The provider has lost the client of this app, which has already re-registered ${times} in the last 24 hours. Find out why the provider loses its clients. Next attempt at ${time}. To retry now: npx express-oidc-rp client delete --yes, then npx express-oidc-rp client register.`,
    retryAfter: Math.ceil(wait / 1_000),
  })
}

/** The registrations of the last 24 hours. */
export function recent(healedAt: readonly number[]): number[] {
  return healedAt.filter(at => Date.now() - at < DAY)
}

function nextAttempt(times: readonly number[]): number {
  const [last = Number.NEGATIVE_INFINITY] = times.slice(-1)
  const [oldest] = times.slice(-MOST_A_DAY)
  const ofDay = times.length < MOST_A_DAY || oldest === undefined ? last : oldest + DAY
  return Math.max(last + PAUSE, ofDay)
}
