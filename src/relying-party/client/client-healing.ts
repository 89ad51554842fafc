import { underLease } from '../../stores/lease.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { healClient } from '../changes/heal-client.ts'
import type { Settings } from '../options/settings.ts'
import { clientLease } from '../record/client-record.ts'
import type { GrantedClient } from '../record/client-record-shape.ts'
import { isSameClient } from '../record/record-copies.ts'
import { bindRegistrar, type Registrar } from '../record/registrar.ts'

/**
 * Milliseconds for which a healing that failed is not tried again, however many sign-ins need it. A provider that refused a
 * registration is asked less often, one on this machine at once.
 */
function pauseAfter(error: unknown, { isProviderLocal }: Settings): number {
  if (isProviderLocal) return 1_000
  return error instanceof OidcError && error.code === 'ERR_OIDC_REGISTRATION_REFUSED' ? 600_000 : 30_000
}

/** Makes a function that heals a client, once at a time for all callers. After a failure, the next attempt waits. */
export function clientHealing(registrar: Registrar): (refused: GrantedClient) => Promise<void> {
  const { settings } = registrar
  let healing: Promise<void> | undefined
  let failed: { readonly error: unknown; readonly at: number; readonly refused: GrantedClient } | undefined

  async function heal(refused: GrantedClient): Promise<void> {
    try {
      await underLease(settings, clientLease(settings), bind =>
        healClient(bindRegistrar(registrar, bind), refused),
      )
      failed = undefined
    } catch (error) {
      failed = { error, at: performance.now(), refused }
      throw error
    } finally {
      healing = undefined
    }
  }

  return async refused => {
    const isPaused =
      failed &&
      isSameClient(failed.refused, refused) &&
      performance.now() - failed.at < pauseAfter(failed.error, settings)
    if (isPaused) throw failed?.error
    healing ??= heal(refused)
    await healing
  }
}
