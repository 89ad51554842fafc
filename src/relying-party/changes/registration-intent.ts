import { generatePrivateKey } from '../../protocol/client-authentication/client-authentication.ts'
import { decryptionKeysFor } from '../../protocol/registration/encryption-members.ts'
import { jwksUriOf, keyMembers } from '../../protocol/registration/key-members.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { ClientMetadata } from '../../vocabulary/oauth2-client.ts'
import { registeredKeys } from '../record/client-keys.ts'
import { buildAskedHash } from '../record/client-record.ts'
import type { ClientRecord, PendingRegistration } from '../record/client-record-shape.ts'
import type { Registrar } from '../record/registrar.ts'
import { needsOf } from '../record/replacement.ts'
import { keyAlgorithm } from '../record/requested-metadata.ts'

/** The first pause after registrations that did not succeed, in milliseconds; it doubles each time. */
const FIRST_PAUSE = 10_000
const LONGEST_PAUSE = 3_600_000

/**
 * What is recorded before a registration is sent, with the keys that the app chooses. Those of a registration that had no answer
 * are used again: nobody else has them.
 */
export async function buildIntent(
  registrar: Registrar,
  requested: ClientMetadata,
  before: ClientRecord,
): Promise<PendingRegistration> {
  const decryptionKeys = await decryptionKeysFor(requested, before.pending?.decryptionKeys)
  const intent = {
    ...newestAsk(registrar, before),
    begunAt: Date.now(),
    requested,
    ...(decryptionKeys.length > 0 && { decryptionKeys }),
  }
  const algorithm = keyAlgorithm(requested)
  if (algorithm === undefined) return intent
  const left = before.pending?.privateKey
  return { ...intent, privateKey: left?.alg === algorithm ? left : await generatePrivateKey(algorithm) }
}

/** What an older release asks for is not noted as the newest. */
function newestAsk(
  { asked }: Registrar,
  { current, superseded = [] }: ClientRecord,
): Pick<PendingRegistration, 'asked' | 'needs'> {
  const own = buildAskedHash(asked)
  if (!current || superseded.every(before => before.asked !== own))
    return { asked: own, needs: needsOf(asked) }
  return { asked: current.asked, ...(current.needs && { needs: current.needs }) }
}

/** What is sent: with the public part of the keys, unless the app serves them. */
export function buildRequest({ requested, ...keys }: PendingRegistration): ClientMetadata {
  return { ...requested, ...keyMembers(registeredKeys(keys), jwksUriOf(requested)) }
}

/** A registration whose answer never came may have made a client: the next attempt waits, longer each time. */
export function refuseTooSoon({ pending, failures = 0 }: ClientRecord): void {
  if (!pending || failures < 2) return
  const wait = pending.begunAt + Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 2)) - Date.now()
  if (wait <= 0) return
  const retryAfter = Math.ceil(wait / 1_000)
  throw new OidcError('ERR_OIDC_REGISTRATION_FAILED', {
    message: `The last ${failures} registrations did not succeed. The next one begins in ${retryAfter} s, so that no clients pile up at the provider.`,
    retryAfter,
  })
}

/** Names a client that may have been made without the app knowing its id. */
export function reportOrphan({ settings }: Registrar, left: PendingRegistration | undefined): void {
  if (!left) return
  const { log, clientName, redirectUri } = settings
  const time = new Date(left.begunAt).toISOString()
  log(
    `A registration that was begun at ${time} had no answer that can be used. If the provider lists a client "${clientName}" with ${redirectUri} from then, delete it there.`,
  )
}
