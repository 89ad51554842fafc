import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Provider } from '../protocol/connection.ts'
import { signingAlgorithms } from '../protocol/discovery.ts'
import { createOidcDynamicClient } from '../protocol/registration.ts'
import type { ClientInformation, ClientMetadata } from '../vocabulary/client-metadata.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { publish } from '../vocabulary/events.ts'
import {
  buildAskedHash,
  type ClientRecord,
  clientKey,
  readClientRecord,
  type StoredClientRecord,
} from './client-record.ts'
import type { Settings } from './settings.ts'

/** Milliseconds that a registration may take; longer than every deadline of the request that it makes. */
const LEASE = 30_000
const POLL = 200

/** What the app asks for when it registers: its addresses, the code flow, the scope it will use. */
function buildClientMetadata(settings: Settings, provider: Provider): ClientMetadata {
  const offline = settings.scope.split(' ').includes('offline_access')
  const algorithms = provider.metadata.id_token_signing_alg_values_supported ?? ['RS256']
  const methods = provider.metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  return {
    client_name: settings.clientName,
    redirect_uris: [settings.redirectUri],
    post_logout_redirect_uris: [settings.postLogoutRedirectUri],
    response_types: ['code'],
    grant_types: offline ? ['authorization_code', 'refresh_token'] : ['authorization_code'],
    scope: settings.scope,
    token_endpoint_auth_method: methods.includes('client_secret_basic')
      ? 'client_secret_basic'
      : 'client_secret_post',
    id_token_signed_response_alg:
      signingAlgorithms.find(algorithm => algorithms.includes(algorithm)) ?? 'RS256',
    ...settings.metadata,
  }
}

/**
 * Brings the client of this app: the static one, the recorded one, or a new one, which is recorded before it is used.
 * Only the holder of a lease registers, so that processes that start together make one client.
 */
export async function obtainClient(settings: Settings, provider: Provider): Promise<ClientInformation> {
  if (settings.client) return buildStaticClient(settings.client)
  const asked = buildClientMetadata(settings, provider)
  for (;;) {
    const found = await readClientRecord(settings.store, settings)
    if (found?.record.asked === buildAskedHash(asked)) return reuse(settings, found.record)
    const lease = await claimLease(settings)
    if (lease) return await registerUnderLease(settings, provider, asked, lease)
    await sleep(POLL, undefined, { ref: false })
  }
}

function buildStaticClient({
  clientId,
  clientSecret,
  authenticationMethod,
}: NonNullable<Settings['client']>): ClientInformation {
  return {
    client_id: clientId,
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
    token_endpoint_auth_method:
      authenticationMethod ?? (clientSecret === undefined ? 'none' : 'client_secret_basic'),
  }
}

function reuse({ log }: Settings, { granted, issuer, name, registeredAt }: ClientRecord): ClientInformation {
  log(`Reusing client ${granted.client_id}, which was registered at ${registeredAt}.`)
  publish('client.reused', { issuer, clientId: granted.client_id, name })
  return granted
}

const leaseKey = (settings: Settings): string => clientKey(settings).replace(/^client:/, 'lease:')

/** Claiming the lease also shows that the store can be written: one that cannot keep the answer gets no registration. */
function claimLease(settings: Settings): Promise<string | undefined> {
  return settings.store.set(leaseKey(settings), randomUUID(), { ifAbsent: true, ttl: LEASE })
}

async function registerUnderLease(
  settings: Settings,
  provider: Provider,
  asked: ClientMetadata,
  lease: string,
): Promise<ClientInformation> {
  try {
    const found = await readClientRecord(settings.store, settings)
    if (found?.record.asked === buildAskedHash(asked)) return reuse(settings, found.record)
    return await register(settings, provider, asked, found)
  } finally {
    await settings.store.delete(leaseKey(settings), { ifVersion: lease })
  }
}

async function register(
  settings: Settings,
  provider: Provider,
  asked: ClientMetadata,
  replaced: StoredClientRecord | undefined,
): Promise<ClientInformation> {
  const { issuer, name, store, log } = settings
  const granted = await createOidcDynamicClient(provider, asked, settings.initialAccessToken)
  const registeredAt = new Date().toISOString()
  const record: ClientRecord = {
    format: 1,
    issuer,
    name,
    asked: buildAskedHash(asked),
    granted,
    registeredAt,
  }
  const condition = replaced ? { ifVersion: replaced.version } : { ifAbsent: true as const }
  if ((await store.set(clientKey(settings), JSON.stringify(record), condition)) === undefined) {
    throw new OidcError('ERR_OIDC_REGISTRATION_FAILED', {
      message: `Another process recorded a client while client ${granted.client_id} was being registered. That one is used; delete ${granted.client_id} at the provider.`,
    })
  }
  log(
    `Registered this app as client ${granted.client_id} ("${settings.clientName}"). Its record is in ${store.location}; the next start reuses it.`,
  )
  if (replaced)
    log(
      `The options have changed, so client ${replaced.record.granted.client_id} is no longer used. Delete it at the provider.`,
    )
  publish('client.registered', { issuer, clientId: granted.client_id, name })
  return granted
}
