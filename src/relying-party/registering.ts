import { generatePrivateKey, publicKeyOf } from '../protocol/client-authentication.ts'
import { idOf } from '../protocol/granted-client.ts'
import { createOidcDynamicClient } from '../protocol/registration.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { publish } from '../vocabulary/events.ts'
import type { ClientMetadata } from '../vocabulary/oauth2-client.ts'
import { keyAlgorithm } from './asked-client.ts'
import {
  buildAskedHash,
  type ClientRecord,
  changeClientRecord,
  type GrantedClient,
  type PendingRegistration,
  readClientRecord,
} from './client-record.ts'
import type { Registrar } from './registrar.ts'

/** The first pause after registrations that did not succeed, in milliseconds; it doubles each time. */
const FIRST_PAUSE = 10_000
const LONGEST_PAUSE = 3_600_000

/**
 * Registers a client. First the intent is recorded, with the key that we choose; then the provider is asked, once; then its
 * answer is recorded, before anything is done with it. Only under the lease.
 *
 * @throws {@link OidcError} `ERR_OIDC_REGISTRATION_REFUSED` or `ERR_OIDC_REGISTRATION_FAILED`, also while the pause after
 * earlier failures lasts.
 */
export async function register(registrar: Registrar, asked: ClientMetadata): Promise<GrantedClient> {
  const { settings, registry } = registrar
  const before = (await readClientRecord(settings)).record
  refuseTooSoon(before)
  reportOrphan(registrar, before.pending)
  const pending = await buildIntent(asked, before.pending)
  await changeClientRecord(settings, record => ({ ...record, pending, failures: (record.failures ?? 0) + 1 }))
  const granted = await createOidcDynamicClient(
    registry,
    withKey(asked, pending),
    settings.initialAccessToken,
  )
  const { issuer, name } = settings
  const clientId = idOf(granted)
  publish('client.registered', { issuer, clientId, name })
  const now = Date.now()
  const { begunAt: _, ...kept } = pending
  return {
    ...kept,
    clientId,
    granted,
    generation: nextGeneration(before),
    registeredAt: now,
    rotatedAt: now,
  }
}

/** Makes a registered client the current one. `change` says what becomes of the one before. */
export function adopt(
  { settings }: Registrar,
  current: GrantedClient,
  change: (record: ClientRecord) => ClientRecord = record => record,
): Promise<ClientRecord> {
  return changeClientRecord(settings, record => {
    const { pending: _, failures: __, ...rest } = change(record)
    return { ...rest, current }
  })
}

/** The number of the next set of credentials. */
export function nextGeneration({ current, retiring = [] }: ClientRecord): number {
  return Math.max(0, current?.generation ?? 0, ...retiring.map(({ generation }) => generation)) + 1
}

/** A registration whose answer never came may have made a client: the next attempt waits, longer each time. */
function refuseTooSoon({ pending, failures = 0 }: ClientRecord): void {
  if (!pending || failures < 2) return
  const wait = pending.begunAt + Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (failures - 2)) - Date.now()
  if (wait <= 0) return
  const retryAfter = Math.ceil(wait / 1_000)
  throw new OidcError('ERR_OIDC_REGISTRATION_FAILED', {
    message: `The last ${failures} registrations did not succeed. The next one begins in ${retryAfter} s, so that no clients pile up at the provider.`,
    retryAfter,
  })
}

function reportOrphan({ settings }: Registrar, left: PendingRegistration | undefined): void {
  if (!left) return
  const { log, clientName, redirectUri } = settings
  const time = new Date(left.begunAt).toISOString()
  log(
    `A registration that was begun at ${time} had no answer. If the provider lists a client "${clientName}" with ${redirectUri} from then, delete it there.`,
  )
}

/** The key of a registration that had no answer is used again: nobody else has it. */
async function buildIntent(
  asked: ClientMetadata,
  left: PendingRegistration | undefined,
): Promise<PendingRegistration> {
  const intent = { asked: buildAskedHash(asked), begunAt: Date.now() }
  const algorithm = keyAlgorithm(asked)
  if (algorithm === undefined) return intent
  const privateKey =
    left?.privateKey?.alg === algorithm ? left.privateKey : await generatePrivateKey(algorithm)
  return { ...intent, privateKey }
}

function withKey(asked: ClientMetadata, { privateKey }: PendingRegistration): ClientMetadata {
  return privateKey ? { ...asked, jwks: { keys: [publicKeyOf(privateKey)] } } : asked
}
