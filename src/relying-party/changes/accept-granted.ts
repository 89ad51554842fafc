import { idOf } from '../../protocol/registration/client-information.ts'
import { withEncryptionOf } from '../../protocol/registration/encryption-members.ts'
import {
  findUnusable,
  refusedMethod,
  substitution,
  type Unusable,
} from '../../protocol/registration/granted-client.ts'
import { jwksUriOf } from '../../protocol/registration/key-members.ts'
import type { ClientInformation } from '../../vocabulary/oauth2-client.ts'
import { persistClientRecord } from '../record/client-record.ts'
import type { ClientRecord, GrantedClient, PendingRegistration } from '../record/client-record-shape.ts'
import { covers } from '../record/coverage.ts'
import type { Registrar } from '../record/registrar.ts'
import { deleteUnused, withUnused } from '../record/retired-clients.ts'
import { buildAskName, buildUnusableError, withRefused } from './refused-registrations.ts'
import { buildRequest } from './registration-intent.ts'

/**
 * Takes what the provider granted, which may be something other than what was requested (RFC 7591 §3.2.1). It is recorded already.
 * A client that this library cannot use is deleted, and what was requested is not requested again: clients must not pile up.
 * Only under the lease.
 *
 * @throws {@link OidcError} `ERR_OIDC_REGISTRATION_REFUSED`, naming the member, what was granted instead, and the fix.
 */
export async function acceptGranted(
  registrar: Registrar,
  pending: PendingRegistration,
  granted: ClientInformation,
  before: ClientRecord,
): Promise<GrantedClient> {
  const client = toClient(pending, granted, before)
  const unusable = findUnusable(granted, buildRequest(pending), registrar.settings.profile)
  if (!unusable) {
    reportSubstitutions(registrar, pending, client)
    return client
  }
  const { settings, provider } = registrar
  const reason = describe(client, unusable)
  const ask = buildAskName(pending.requested, provider.metadata)
  await persistClientRecord(settings, ({ pending: _, failures: __, ...record }) =>
    withRefused(withUnused(record, client), [{ ask, at: Date.now(), reason }]),
  )
  await deleteUnused(registrar)
  throw buildUnusableError(reason)
}

function describe({ clientId }: GrantedClient, { member, problem }: Unusable): string {
  return `The provider registered client ${clientId}, which this app cannot use and deletes: ${problem}. Set ${member} in options.metadata to what the provider grants, ask its operators, or register a client manually and set options.client. The app asks again when the options or the provider's discovery document have changed, or after npx express-oidc-rp client register.`
}

function toClient(
  { begunAt: _, granted: __, requested, ...kept }: PendingRegistration,
  granted: ClientInformation,
  before: ClientRecord,
): GrantedClient {
  const now = Date.now()
  const requestedMethod = refusedMethod(granted, requested)
  const jwksUri = jwksUriOf(requested)
  return {
    ...kept,
    clientId: idOf(granted),
    granted: withEncryptionOf(granted, requested),
    ...(requestedMethod === undefined ? {} : { requestedMethod }),
    ...(jwksUri === undefined ? {} : { jwksUri }),
    generation: nextGeneration(before),
    registeredAt: now,
    rotatedAt: now,
  }
}

/** The number of the next set of credentials. */
export function nextGeneration({ current, retiring = [] }: ClientRecord): number {
  return Math.max(0, current?.generation ?? 0, ...retiring.map(({ generation }) => generation)) + 1
}

function reportSubstitutions(
  { settings }: Registrar,
  { requested }: PendingRegistration,
  { clientId, granted }: GrantedClient,
): void {
  const members = Object.keys(requested).filter(member => !covers(granted, { [member]: requested[member] }))
  if (members.length === 0) return
  const substitutions = members.map(member => substitution(member, granted, requested))
  settings.log(
    `The provider granted client ${clientId} with other values than were requested. They are used: ${substitutions.join('; ')}.`,
  )
}
