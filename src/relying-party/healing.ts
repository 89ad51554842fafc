import { buildConnection } from '../protocol/connection.ts'
import { withSecret } from '../protocol/granted-client.ts'
import { probeClient } from '../protocol/probe.ts'
import { deleteOidcDynamicClient, getOidcDynamicClient } from '../protocol/registration.ts'
import { OidcApiError } from '../vocabulary/api-error.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { publish } from '../vocabulary/events.ts'
import {
  type ClientRecord,
  changeClientRecord,
  type GrantedClient,
  readClientRecord,
} from './client-record.ts'
import { isUnmanageable, replaceMetadata, withClient } from './reconciling.ts'
import { adopt, register } from './registering.ts'
import type { Registrar } from './registrar.ts'

/** How often clients that are gone are replaced, over all replicas. */
const PAUSE = 600_000
const DAY = 86_400_000
const MOST_A_DAY = 5

/**
 * Mends a client that the provider refused: by what is known already, by repairing the registration, or by a new one – in this
 * order, and each only when the one before has failed. Only under the lease.
 *
 * @throws {@link OidcError} When nothing helped; its message says what to do. Network trouble never leads to a registration.
 */
export async function healClient(registrar: Registrar, refused: GrantedClient): Promise<void> {
  const { record } = await readClientRecord(registrar.settings)
  const current = record.current
  if (current?.generation !== refused.generation || current.clientId !== refused.clientId) return // mended meanwhile
  if (await isAlive(registrar, current)) return
  if (await adoptRecorded(registrar, current)) return
  if (await repair(registrar, current)) return
  await registerAgain(registrar, record, current)
}

/** Whether the provider takes these credentials. Ones that do not go together it cannot take. */
async function isAlive(
  { provider, settings }: Registrar,
  { granted, privateKey }: GrantedClient,
): Promise<boolean> {
  const connection = await buildConnection(provider, { granted, privateKey }).catch(error => {
    if (isIncomplete(error)) return undefined
    throw error
  })
  return connection ? probeClient(connection, settings.redirectUri) : false
}

/** A rotation whose answer was lost may have taken effect: its key or secret was recorded before it was sent. */
async function adoptRecorded(registrar: Registrar, current: GrantedClient): Promise<boolean> {
  const { nextKey, nextSecret, ...rest } = current
  const candidates: GrantedClient[] = []
  if (nextKey) candidates.push({ ...rest, privateKey: nextKey, rotatedAt: Date.now() })
  if (nextSecret)
    candidates.push({
      ...rest,
      granted: withSecret(rest.granted, nextSecret),
      rotatedAt: Date.now(),
    })
  for (const candidate of candidates) {
    if (!(await isAlive(registrar, candidate))) continue
    await record(registrar, candidate, 'the rotation whose answer was lost had taken effect')
    return true
  }
  return false
}

/** The provider still knows the client by its registration access token: what it says is taken, and our key is put back. */
async function repair(registrar: Registrar, current: GrantedClient): Promise<boolean> {
  try {
    const granted = await getOidcDynamicClient(registrar.registry, current.granted)
    const told = { ...current, granted }
    const repaired = (await isAlive(registrar, told)) ? told : await replaceMetadata(registrar, told)
    if (!(await isAlive(registrar, repaired))) return false
    await record(registrar, repaired, 'the registration was repaired')
    return true
  } catch (error) {
    const isRefusal = error instanceof OidcApiError && (error.providerStatus ?? 500) < 500
    if (isRefusal || isUnmanageable(error) || isIncomplete(error)) return false
    throw error
  }
}

/** Refused by both: the client is gone. The new one is used only after the provider has recognised it. */
async function registerAgain(
  registrar: Registrar,
  { healedAt = [] }: ClientRecord,
  gone: GrantedClient,
): Promise<void> {
  refuseTooOften(healedAt)
  registrar.settings.log(`The provider does not know client ${gone.clientId} any more. Registering anew.`)
  await changeClientRecord(registrar.settings, before => ({
    ...before,
    healedAt: [...recent(healedAt), Date.now()],
  }))
  const current = await register(registrar, registrar.asked)
  if (!(await isAlive(registrar, current))) return giveBack(registrar, current)
  await adopt(registrar, current)
  registrar.settings.log(`Registered this app as client ${current.clientId}.`)
}

/** A client that is refused right after it was made helps nobody. */
async function giveBack(
  { settings, registry }: Registrar,
  { clientId, granted }: GrantedClient,
): Promise<never> {
  await deleteOidcDynamicClient(registry, granted).catch(() => {
    settings.log(`Client ${clientId} could not be deleted again. Delete it at the provider.`)
  })
  await changeClientRecord(settings, ({ pending: _, ...record }) => record)
  throw new OidcError('ERR_OIDC_CLIENT_REFUSED', {
    message: `The provider registered client ${clientId} and then refused it. Its operators must look into this; sign-in is not possible.`,
  })
}

function refuseTooOften(healedAt: readonly number[]): void {
  const [last = 0] = healedAt.slice(-1)
  if (recent(healedAt).length < MOST_A_DAY && Date.now() - last >= PAUSE) return
  const retryAfter = Math.ceil((last + PAUSE - Date.now()) / 1_000)
  throw new OidcError('ERR_OIDC_CLIENT_REFUSED', {
    message: `The provider refuses this app, which has registered anew ${recent(healedAt).length} times in a day. Look at the provider why it forgets its clients; the next attempt waits.`,
    retryAfter: Math.max(60, retryAfter),
  })
}

const recent = (healedAt: readonly number[]): number[] => healedAt.filter(at => Date.now() - at < DAY)

function isIncomplete(error: unknown): boolean {
  return error instanceof OidcError && error.code === 'ERR_OIDC_CLIENT_METADATA_INVALID'
}

async function record({ settings }: Registrar, healed: GrantedClient, how: string): Promise<void> {
  const { nextKey: _, nextSecret: __, ...client } = healed
  await changeClientRecord(settings, before =>
    withClient(before, { ...client, generation: client.generation + 1 }),
  )
  settings.log(`The provider had refused client ${client.clientId}; ${how}.`)
  publish('client.healed', {
    issuer: settings.issuer,
    name: settings.name,
    clientId: client.clientId,
  })
}
