import {
  hasOtherCredentials,
  withCredentialsOf,
  withSecret,
} from '../../protocol/registration/client-information.ts'
import { decryptionKeysFor, withEncryptionOf } from '../../protocol/registration/encryption-members.ts'
import { jwksUriOf, keyMembers } from '../../protocol/registration/key-members.ts'
import { getOidcDynamicClient, setOidcDynamicClient } from '../../protocol/registration/registration.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { publish } from '../../vocabulary/events.ts'
import type { ClientInformation, ClientMetadata, RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import type { Settings } from '../options/settings.ts'
import { registeredKeys, withNextDecryptionKeys } from '../record/client-keys.ts'
import {
  buildAskedHash,
  changeClientRecord,
  clientIn,
  persistClientRecord,
  readClientRecord,
  withClient,
} from '../record/client-record.ts'
import {
  type ClientRecord,
  type GrantedClient,
  isReady,
  type ReadyRecord,
} from '../record/client-record-shape.ts'
import { covers, essentialsOf } from '../record/coverage.ts'
import type { Registrar } from '../record/registrar.ts'
import { isIncomplete, isRefused, isUnmanageable } from '../record/registration-refusals.ts'
import {
  administratorsValues,
  buildReplacement,
  needsOf,
  withMethodOf,
  withoutNeeds,
  withoutRefusedMethod,
} from '../record/replacement.ts'
import { isOtherMethod } from '../record/requested-metadata.ts'
import { type DrainedNeeds, findDrained, supersede, withoutDrained } from '../record/superseded-releases.ts'
import { replaceClient } from './replace-client.ts'

/**
 * Tells the provider what the options ask for now, by one `setOidcDynamicClient`. If the registration cannot be changed by
 * us any more, sign-in goes on as it was; only where it could not work is a new client registered. Only under the lease.
 */
export async function reconcile(registrar: Registrar, record: ReadyRecord): Promise<ReadyRecord> {
  try {
    if (isOtherMethod(record.current, registrar.asked)) return await replaceClient(registrar, record.current)
    const needs = needsOf(registrar.asked)
    const asked = { ...record.current, asked: buildAskedHash(registrar.asked), needs }
    const { clientId } = await replaceMetadata(registrar, asked)
    registrar.settings.log(`Told the provider what the options now ask for client ${clientId}.`)
    const { record: changed } = await readClientRecord(registrar.settings)
    if (isReady(changed)) return changed
    throw new OidcError('ERR_OIDC_NOT_READY', { message: 'The client record was removed from the store.' })
  } catch (error) {
    if (!(error instanceof OidcError)) throw error
    return await liveWithout(registrar, record, error)
  }
}

/**
 * Replaces what the provider knows of a client. What an administrator has set there and cannot be sent back is not
 * overwritten; what a newer release has asked for is kept.
 *
 * @param change - What is different this one time.
 * @returns The client with its newest credentials, recorded already.
 */
export async function replaceMetadata(
  registrar: Registrar,
  current: GrantedClient,
  change: {
    readonly secret?: string
    readonly drained?: DrainedNeeds
  } = {},
): Promise<GrantedClient> {
  const { settings, registry } = registrar
  const isOurs = current.asked === buildAskedHash(registrar.asked)
  const jwksUri = isOurs ? jwksUriOf(registrar.asked) : current.jwksUri
  const seen = await fetchRegistration(registrar, current)
  refuseAdministrators(current.clientId, administratorsValues(seen))
  const replacement = buildReplacement(
    withMethodOf(current.granted, seen),
    withoutRefusedMethod(isOurs ? registrar.asked : leftToProvider(registrar.asked), current),
  )
  const { jwksUri: _, ...client } = await withKeysFor(registrar, current, replacement)
  const { over = {}, needed = {} } = change.drained ?? {}
  const metadata = {
    ...withoutNeeds(replacement, over, needed),
    ...keyMembers(registeredKeys(client), jwksUri),
  }
  const body = change.secret === undefined ? metadata : withSecret(metadata, change.secret)
  const granted = withEncryptionOf(await setOidcDynamicClient(registry, seen, body), metadata)
  const replaced = {
    ...withNextDecryptionKeys(client),
    granted,
    ...(jwksUri !== undefined && { jwksUri }),
  }
  await persistClientRecord(settings, record => remember(record, replaced, settings))
  publish('client.updated', { issuer: settings.issuer, clientId: current.clientId, name: settings.name })
  return replaced
}

/** A key that the replacement needs, and that the client does not have yet, is recorded before it is sent. */
async function withKeysFor(
  { settings }: Registrar,
  client: GrantedClient,
  replacement: ClientMetadata,
): Promise<GrantedClient> {
  const present = [...(client.nextDecryptionKeys ?? []), ...(client.decryptionKeys ?? [])]
  const keys = await decryptionKeysFor(replacement, present)
  if (keys.every(key => present.includes(key))) return client
  await changeClientRecord(settings, record => {
    const own = clientIn(record, client.clientId)
    return own && withClient(record, { ...own, nextDecryptionKeys: keys })
  })
  return { ...client, nextDecryptionKeys: keys }
}

/**
 * Fetches a client from the provider. The answer may contain a new secret and a new registration access token
 * (RFC 7592 §2.1), which are recorded before anything else happens.
 */
export async function fetchRegistration(
  { registry, settings }: Registrar,
  client: GrantedClient,
): Promise<ClientInformation> {
  const seen = withEncryptionOf(await getOidcDynamicClient(registry, client.granted), client.granted)
  if (!hasOtherCredentials(seen, client.granted)) return seen
  await persistClientRecord(settings, record => {
    const own = clientIn(record, client.clientId)
    if (!own || hasOtherCredentials(own.granted, client.granted)) return undefined // another replica has recorded a newer one
    return withClient(record, { ...own, granted: withCredentialsOf(seen, own.granted) })
  })
  return seen
}

/**
 * Removes the addresses, scopes and grant types from the registration that only earlier releases needed, when their sessions are
 * over. Only under the lease.
 */
export async function dropDrained(registrar: Registrar): Promise<void> {
  const { settings } = registrar
  const now = Date.now()
  const { record } = await readClientRecord(settings)
  const drained = findDrained(record, now)
  if (!drained || !record.current) return
  const { clientId, granted } = record.current
  const left = withoutNeeds(granted, drained.over, drained.needed)
  if (JSON.stringify(left) !== JSON.stringify(granted)) {
    await replaceMetadata(registrar, record.current, { drained }).then(
      () => settings.log(`Removed from client ${clientId} what only earlier releases of this app used.`),
      error => {
        if (!isUnmanageable(error) && !isRefused(error)) throw error
        settings.log(`${error.message} What earlier releases used stays registered for client ${clientId}.`)
      },
    )
  }
  await changeClientRecord(settings, latest => withoutDrained(latest, now))
}

/** What no release sends to this provider, so that an update for another release does not send it either. */
function leftToProvider({ scope }: RequestedMetadata): RequestedMetadata {
  return scope === null ? { scope } : {}
}

/** Puts a changed client into the record, and notes what was asked for before. */
function remember(record: ClientRecord, replaced: GrantedClient, settings: Settings): ClientRecord {
  const isCurrent = record.current?.clientId === replaced.clientId
  return withClient(isCurrent ? supersede(record, replaced.asked, settings) : record, replaced)
}

function refuseAdministrators(clientId: string, members: readonly string[]): void {
  if (members.length === 0) return
  throw new OidcError('ERR_OIDC_CLIENT_UNMANAGEABLE', {
    message: `An administrator of the provider has set ${members.join(', ')} on client ${clientId}. A change by this app would reset it, so none is made: ask the administrator to make the change, or to remove these values.`,
  })
}

/**
 * The registration stays as it is, and the next start tries again. Without the addresses that this release uses nobody could
 * sign in: then a new client, unless the provider merely has trouble.
 */
async function liveWithout(
  registrar: Registrar,
  record: ReadyRecord,
  error: OidcError,
): Promise<ReadyRecord> {
  registrar.settings.log(error.message)
  if (covers(record.current.granted, essentialsOf(registrar.asked, registrar.settings.profile))) return record
  if (!isUnmanageable(error) && !isRefused(error) && !isIncomplete(error)) throw error
  registrar.settings.log(
    'The registered addresses or scopes do not cover the options, so a new client is registered.',
  )
  return replaceClient(registrar, record.current)
}
