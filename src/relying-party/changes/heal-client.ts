import { withSecret } from '../../protocol/registration/client-information.ts'
import { describeSkew, isIntolerable } from '../../protocol/requests/provider-clock.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { publish } from '../../vocabulary/events.ts'
import { exists, isAlive } from '../record/client-liveness.ts'
import { persistClientRecord, readClientRecord, withClient } from '../record/client-record.ts'
import type { ClientRecord, GrantedClient } from '../record/client-record-shape.ts'
import { refuseUnfetchedKey } from '../record/key-fetching.ts'
import { isSameClient } from '../record/record-copies.ts'
import type { Registrar } from '../record/registrar.ts'
import { isIncomplete, isRefused, isUnmanageable } from '../record/registration-refusals.ts'
import { deleteUnused, retire, withUnused } from '../record/retired-clients.ts'
import { adopt } from './adopt-client.ts'
import { fetchRegistration, replaceMetadata } from './reconcile-client.ts'
import { register } from './register-client.ts'
import { recent, refuseTooOften } from './registration-limits.ts'

/**
 * Heals a client that the provider refused: with credentials that are known already, by repairing the registration, or with a new
 * client – in this order, and each only if the one before has failed. Only under the lease.
 *
 * @throws {@link OidcError} When nothing helped; its message says what to do. Network trouble never leads to a registration.
 */
export async function healClient(registrar: Registrar, refused: GrantedClient): Promise<void> {
  const { record } = await readClientRecord(registrar.settings)
  const current = record.current
  if (!current || !isSameClient(current, refused)) return // another process was first
  if (await isAlive(registrar, current)) return
  refuseWrongClock(registrar, current)
  if (await adoptRecorded(registrar, current)) return
  const repaired = await repair(registrar, current)
  if (repaired === 'repaired') return
  await refuseUnfetchedKey(registrar, current)
  await registerAgain(registrar, record, current, repaired)
}

/** A rotation whose answer was lost may have taken effect: its key or secret was recorded before it was sent. */
async function adoptRecorded(registrar: Registrar, current: GrantedClient): Promise<boolean> {
  const { nextKey, nextKeyAt: _, nextSecret, ...rest } = current
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

/** What became of the attempt to repair a registration. An unmanageable client still exists, and serves its sessions. */
type Repair = 'repaired' | 'refused' | 'unmanageable' | 'gone'

/**
 * If the registration access token still works, the credentials in the provider's answer are used, or the app's key is put back.
 * If it does not, the client is gone, or it exists and this app can no longer change it.
 */
async function repair(registrar: Registrar, current: GrantedClient): Promise<Repair> {
  const granted = await fetchRegistration(registrar, current).catch(error => {
    if (isIncomplete(error) || isUnmanageable(error)) return undefined
    throw error
  })
  if (!granted) return (await exists(registrar, current)) ? 'unmanageable' : 'gone'
  const told = { ...current, granted }
  if (await isAlive(registrar, told))
    return await record(registrar, told, 'its registration has newer credentials, which are used now')
  const isTried = current.repairedAt !== undefined
  const repaired = isTried
    ? told
    : await replaceMetadata(registrar, { ...told, repairedAt: Date.now() }).catch(orRefused)
  if (repaired && !isTried && (await isAlive(registrar, repaired)))
    return await record(registrar, repaired, 'the registration was repaired')
  return current.privateKey && repaired ? refuseForGood(registrar, current) : 'refused'
}

function orRefused(error: unknown): undefined {
  if (!isRefused(error) && !isUnmanageable(error)) throw error
}

const findings = {
  gone: (id: string) =>
    `The provider does not accept client ${id} any more and shows no sign that it still exists. Registering this app again; the sessions of that client can no longer refresh their tokens.`,
  unmanageable: (id: string) =>
    `Client ${id} still exists at the provider, which accepts neither its credentials nor its registration access token. Registering a new client for new sign-ins; client ${id} serves its sessions until they end. Delete it at the provider afterwards.`,
  refused: (id: string) =>
    `Client ${id} still exists at the provider, which does not accept its credentials, and the registration could not be repaired. Registering a new client for new sign-ins; client ${id} serves its sessions until they end.`,
} as const

/**
 * The new client is used only after the provider has accepted its credentials. The one before serves its sessions as well as it
 * can, unless it is gone.
 */
async function registerAgain(
  registrar: Registrar,
  { healedAt = [] }: ClientRecord,
  before: GrantedClient,
  found: Exclude<Repair, 'repaired'>,
): Promise<void> {
  const { settings } = registrar
  refuseTooOften(settings, healedAt)
  settings.log(findings[found](before.clientId))
  const current = await register(registrar)
  if (!(await isAlive(registrar, current))) return giveBack(registrar, current)
  const adopted = await adopt(registrar, current, before, record => ({
    ...(found === 'gone' ? record : retire(record, settings)),
    healedAt: [...recent(healedAt), Date.now()],
  }))
  if (adopted.current.clientId !== current.clientId) return
  settings.log(`Registered this app as client ${current.clientId}.`)
  publish('client.healed', { issuer: settings.issuer, name: settings.name, clientId: current.clientId })
}

/** A client that is refused right after its registration is of no use. */
async function giveBack(registrar: Registrar, client: GrantedClient): Promise<never> {
  await persistClientRecord(registrar.settings, ({ pending: _, ...record }) => ({
    ...withUnused(record, client),
    healedAt: [...recent(record.healedAt ?? []), Date.now()],
  }))
  await deleteUnused(registrar)
  throw new OidcError('ERR_OIDC_CLIENT_REFUSED', {
    message: `The provider registered client ${client.clientId} and then refused it, so nobody can sign in. The operators of the provider must find out why.`,
  })
}

/** With a wrong clock, another client would be refused too. The answer to the probe has just told the provider's time. */
function refuseWrongClock({ provider }: Registrar, { clientId }: GrantedClient): void {
  const { tolerance } = provider.clock
  const skew = provider.clock.skew()
  if (!isIntolerable(skew, tolerance)) return
  throw new OidcError('ERR_OIDC_CLOCKS_DIFFER', {
    message: `The provider refuses client ${clientId}. ${describeSkew(skew, tolerance)}.`,
  })
}

/** The provider knows the client and its key, and still refuses it: it would refuse another client too. */
function refuseForGood({ provider }: Registrar, { clientId, jwksUri }: GrantedClient): never {
  const skew = provider.clock.skew()
  const agreement =
    skew === undefined
      ? 'It does not send the time, so check that the clocks of this machine and of the provider agree'
      : 'Its clock agrees with the one of this machine'
  const clocks = describeSkew(skew, provider.clock.tolerance) ?? agreement
  throw new OidcError('ERR_OIDC_CLIENT_REFUSED', {
    message:
      jwksUri === undefined
        ? `The provider has client ${clientId} with its key, and refuses it. ${clocks}. Look at the provider's log for its reason.`
        : `The provider has client ${clientId}, and refuses its key. Check that it can fetch ${jwksUri}; it may have fetched it before the key was there. ${clocks}.`,
  })
}

async function record({ settings }: Registrar, healed: GrantedClient, how: string): Promise<'repaired'> {
  const { nextKey: _, nextKeyAt: __, nextSecret: ___, repairedAt: ____, ...client } = healed
  await persistClientRecord(settings, before =>
    withClient(before, { ...client, generation: client.generation + 1 }),
  )
  settings.log(`The provider had refused client ${client.clientId}; ${how}.`)
  publish('client.healed', { issuer: settings.issuer, name: settings.name, clientId: client.clientId })
  return 'repaired'
}
