import { publicKeyOf } from '../protocol/client-authentication.ts'
import { withSecret } from '../protocol/granted-client.ts'
import { getOidcDynamicClient, setOidcDynamicClient } from '../protocol/registration.ts'
import { OidcApiError } from '../vocabulary/api-error.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { publish } from '../vocabulary/events.ts'
import type { ClientMetadata, JsonWebKey } from '../vocabulary/oauth2-client.ts'
import { administratorsValues, buildReplacement, covers, essentialsOf } from './asked-client.ts'
import { buildAskedHash, type ClientRecord, changeClientRecord, type GrantedClient } from './client-record.ts'
import type { ReadyRecord, Registrar } from './registrar.ts'
import { replaceClient } from './replacing.ts'

/** How many earlier asks a record remembers. */
const MOST_SUPERSEDED = 10

/**
 * Tells the provider what the options ask for now, by one `setOidcDynamicClient`. If the registration cannot be changed by
 * us any more, sign-in goes on as it was; only where it could not work is a new client registered. Only under the lease.
 */
export async function reconcile(registrar: Registrar, record: ReadyRecord): Promise<ReadyRecord> {
  try {
    const current = await replaceMetadata(registrar, record.current)
    registrar.settings.log(`Told the provider what the options now ask for client ${current.clientId}.`)
    return await recordAsk(registrar, current)
  } catch (error) {
    if (!isUnmanageable(error)) throw error
    return await liveWithout(registrar, record, error)
  }
}

/**
 * Replaces what the provider knows of a client by what is asked now. What an administrator has set there and cannot be
 * sent back is not overwritten.
 *
 * @param change - Members for this one time, such as other keys or another secret.
 * @returns The client with its newest credentials, recorded already.
 */
export async function replaceMetadata(
  { settings, registry, asked }: Registrar,
  current: GrantedClient,
  change: { readonly keys?: readonly JsonWebKey[]; readonly secret?: string } = {},
): Promise<GrantedClient> {
  const seen = await getOidcDynamicClient(registry, current.granted)
  refuseAdministrators(current.clientId, administratorsValues(seen))
  const keys = change.keys ?? registeredKeys(current)
  const metadata: ClientMetadata = buildReplacement(seen, asked, keys)
  const body = change.secret === undefined ? metadata : withSecret(metadata, change.secret)
  const expected = change.secret === undefined ? seen : withSecret(seen, change.secret)
  const granted = await setOidcDynamicClient(registry, expected, body)
  const replaced = { ...current, granted, asked: buildAskedHash(asked) }
  await changeClientRecord(settings, record =>
    withClient(record, { ...replaced, ...keptOf(record, current) }),
  )
  publish('client.updated', { issuer: settings.issuer, clientId: current.clientId, name: settings.name })
  return replaced
}

/** The public keys that belong to a client now. */
export function registeredKeys({ privateKey, formerKeys = [] }: GrantedClient): JsonWebKey[] {
  return [...formerKeys.map(({ key }) => key), ...(privateKey ? [publicKeyOf(privateKey)] : [])]
}

/** Puts a changed client into its place in a record, whether it is the current one or is retiring. */
export function withClient(record: ClientRecord, changed: GrantedClient): ClientRecord {
  const isSame = (client: GrantedClient | undefined): boolean => client?.clientId === changed.clientId
  if (isSame(record.current)) return { ...record, current: changed }
  return {
    ...record,
    retiring: (record.retiring ?? []).map(client => (isSame(client) ? { ...client, ...changed } : client)),
  }
}

/** Whether the provider no longer lets us change the registration: the token is lost, or an administrator has the say. */
export function isUnmanageable(error: unknown): error is OidcError {
  if (error instanceof OidcApiError) return error.providerStatus === 401 || error.providerStatus === 404
  return error instanceof OidcError && error.code === 'ERR_OIDC_CLIENT_UNMANAGEABLE'
}

function keptOf(record: ClientRecord, { generation }: GrantedClient): Partial<GrantedClient> {
  const { current } = record
  if (current?.generation !== generation) return {}
  const { nextKey, nextSecret } = current
  return { ...(nextKey ? { nextKey } : {}), ...(nextSecret ? { nextSecret } : {}) }
}

function refuseAdministrators(clientId: string, members: readonly string[]): void {
  if (members.length === 0) return
  throw new OidcError('ERR_OIDC_CLIENT_UNMANAGEABLE', {
    message: `An administrator of the provider has set ${members.join(', ')} on client ${clientId}. A change by this app would reset it, so none is made: let the administrator make the change, or remove what he set.`,
  })
}

async function recordAsk({ settings }: Registrar, { asked }: GrantedClient): Promise<ReadyRecord> {
  const changed = await changeClientRecord(settings, record => {
    const before = record.current?.asked
    const superseded = (record.superseded ?? []).filter(one => one.asked !== asked)
    return {
      ...record,
      superseded: [
        ...superseded,
        ...(before && before !== asked ? [{ asked: before, at: Date.now() }] : []),
      ].slice(-MOST_SUPERSEDED),
    }
  })
  return changed as ReadyRecord
}

/** The registration stays as it is. Without the addresses that this release uses nobody could sign in: then a new client. */
async function liveWithout(
  registrar: Registrar,
  record: ReadyRecord,
  error: OidcError,
): Promise<ReadyRecord> {
  registrar.settings.log(error.message)
  if (covers(record.current.granted, essentialsOf(registrar.asked))) return record
  registrar.settings.log(
    'The registered addresses or scopes do not cover the options, so a new client is registered.',
  )
  return replaceClient(registrar)
}
