import { setTimeout as sleep } from 'node:timers/promises'
import { generatePrivateKey, publicKeyOf } from '../../protocol/provider/client-authentication.ts'
import { idOf } from '../../protocol/registration/client-information.ts'
import { createOidcDynamicClient, deleteOidcDynamicClient } from '../../protocol/registration/registration.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { publish } from '../../vocabulary/events.ts'
import type { ClientInformation, ClientMetadata } from '../../vocabulary/oauth2-client.ts'
import { buildAskedHash, changeClientRecord, readClientRecord } from './client-record.ts'
import {
  type ClientRecord,
  type GrantedClient,
  isReady,
  type PendingRegistration,
  type ReadyRecord,
} from './client-record-shape.ts'
import type { Registrar } from './registrar.ts'
import { isCertainlyNone } from './registration-refusals.ts'
import { withThoseOf } from './replacement.ts'
import { keyAlgorithm, withBestOffers } from './requested-metadata.ts'

/** The first pause after registrations that did not succeed, in milliseconds; it doubles each time. */
const FIRST_PAUSE = 10_000
const LONGEST_PAUSE = 3_600_000
/** How often a write of what cannot be had again is tried, and the milliseconds between. */
const PERSISTENCE = 8
const PERSISTENCE_PAUSE = 500

/**
 * Registers a client. First the intent is recorded, with the key that we choose; then the provider is asked, once; then its
 * answer is recorded, before anything is done with it. Only under the lease.
 *
 * @throws {@link OidcError} `ERR_OIDC_REGISTRATION_REFUSED` or `ERR_OIDC_REGISTRATION_FAILED`, also while the pause after
 * earlier failures lasts.
 */
export async function register(registrar: Registrar): Promise<GrantedClient> {
  const { settings, registry } = registrar
  const { record: before } = await readClientRecord(settings)
  const left = before.pending
  if (left?.granted) return toClient(left, left.granted, before) // its answer came, but nobody got to use it
  refuseTooSoon(before)
  reportOrphan(registrar, left)
  const asked = askedOf(registrar, before)
  const pending = await buildIntent(newestAsk(registrar, before), asked, left)
  await changeClientRecord(settings, record => ({ ...record, pending, failures: (record.failures ?? 0) + 1 }))
  const granted = await createOidcDynamicClient(
    registry,
    withKey(asked, pending),
    settings.initialAccessToken,
  ).catch(async error => {
    if (isCertainlyNone(error)) await changeClientRecord(settings, ({ pending: _, ...record }) => record)
    throw error
  })
  await persist(() =>
    changeClientRecord(settings, record => ({ ...record, pending: { ...pending, granted } })),
  )
  publish('client.registered', { issuer: settings.issuer, clientId: idOf(granted), name: settings.name })
  return toClient(pending, granted, before)
}

function toClient(
  { begunAt: _, granted: __, ...kept }: PendingRegistration,
  granted: ClientInformation,
  before: ClientRecord,
): GrantedClient {
  const now = Date.now()
  return {
    ...kept,
    clientId: idOf(granted),
    granted,
    generation: nextGeneration(before),
    registeredAt: now,
    rotatedAt: now,
  }
}

/** A client that takes the place of another one has its addresses too: replicas of another release use them. */
function askedOf({ asked, provider }: Registrar, { current }: ClientRecord): ClientMetadata {
  return withBestOffers(current ? withThoseOf(current.granted, asked) : asked, provider.metadata)
}

/** What an older release asks for is not noted as the newest. */
function newestAsk({ asked }: Registrar, { current, superseded = [] }: ClientRecord): string {
  const own = buildAskedHash(asked)
  return current && superseded.some(before => before.asked === own) ? current.asked : own
}

/** Tries again for a while when the store has trouble: what the provider gave cannot be had again. */
async function persist<Result>(write: () => Promise<Result>): Promise<Result> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await write()
    } catch (error) {
      if (attempts === PERSISTENCE) throw error
      await sleep(PERSISTENCE_PAUSE)
    }
  }
}

/**
 * Makes a registered client the current one, in place of `replaced`. `change` says what becomes of that one. If another process
 * has recorded a client in the meantime, that one is used, and this one is deleted at the provider.
 *
 * @returns The record, with the client that is used from now on.
 */
export async function adopt(
  { settings, registry }: Registrar,
  current: GrantedClient,
  replaced: GrantedClient | undefined,
  change: (record: ClientRecord) => ClientRecord = record => record,
): Promise<ReadyRecord> {
  const adopted = await persist(() =>
    changeClientRecord(settings, record => {
      const { pending, failures: _, ...rest } = record
      const isPending = pending?.granted !== undefined && idOf(pending.granted) === current.clientId
      const isTaken = record.current !== undefined && record.current.clientId !== replaced?.clientId
      if (!isPending) return undefined
      return isTaken ? rest : { ...change(rest), current }
    }),
  )
  if (adopted.current?.clientId === current.clientId) return { ...adopted, current }
  await deleteOidcDynamicClient(registry, current.granted).catch(() => {
    settings.log(
      `Another process has registered this app too. Client ${current.clientId} is not used and could not be deleted: delete it at the provider.`,
    )
  })
  if (isReady(adopted)) return adopted
  throw new OidcError('ERR_OIDC_NOT_READY', {
    message:
      'Another process has changed the registration of this app in the meantime. The next attempt uses what it recorded.',
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
  hash: string,
  asked: ClientMetadata,
  left: PendingRegistration | undefined,
): Promise<PendingRegistration> {
  const intent = { asked: hash, begunAt: Date.now() }
  const algorithm = keyAlgorithm(asked)
  if (algorithm === undefined) return intent
  const privateKey =
    left?.privateKey?.alg === algorithm ? left.privateKey : await generatePrivateKey(algorithm)
  return { ...intent, privateKey }
}

function withKey(asked: ClientMetadata, { privateKey }: PendingRegistration): ClientMetadata {
  return privateKey ? { ...asked, jwks: { keys: [publicKeyOf(privateKey)] } } : asked
}
