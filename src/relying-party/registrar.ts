import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type ClientCredentials, generatePrivateKey, publicKeyOf } from '../protocol/client-authentication.ts'
import { buildRegistry, type Provider } from '../protocol/connection.ts'
import { createOidcDynamicClient, deleteOidcDynamicClient } from '../protocol/registration.ts'
import { OidcError } from '../vocabulary/errors.ts'
import { publish } from '../vocabulary/events.ts'
import type { ClientMetadata } from '../vocabulary/oauth2-client.ts'
import { buildClientMetadata } from './asked-client.ts'
import {
  buildAskedHash,
  type ClientRecord,
  type GrantedClient,
  leaseKey,
  type PendingRegistration,
  readClientRecord,
  type StoredClientRecord,
  writeClientRecord,
} from './client-record.ts'
import type { StaticClient } from './options.ts'
import type { Settings } from './settings.ts'

/** Milliseconds that a registration may take; longer than every deadline of the requests under it. */
const LEASE = 30_000
const POLL = 200

/**
 * Brings the client of this app: the static one, the recorded one, or a new one, which is recorded before it is used.
 * Only the holder of a lease registers, so that processes that start together make one client.
 */
export async function obtainClient(settings: Settings, provider: Provider): Promise<ClientCredentials> {
  if (settings.client) return buildStaticCredentials(settings.client)
  const asked = buildClientMetadata(settings, provider)
  for (;;) {
    const found = await readClientRecord(settings)
    if (isCurrent(found, asked)) return reuse(settings, found.record.current)
    const lease = await claimLease(settings)
    if (lease) return await registerUnderLease(settings, provider, asked, lease)
    await sleep(POLL, undefined, { ref: false })
  }
}

function buildStaticCredentials({
  clientId,
  clientSecret,
  privateKey,
  authenticationMethod,
}: StaticClient): ClientCredentials {
  const usual = privateKey ? 'private_key_jwt' : clientSecret ? 'client_secret_basic' : 'none'
  const granted = { client_id: clientId, token_endpoint_auth_method: authenticationMethod ?? usual }
  return { granted: clientSecret ? { ...granted, client_secret: clientSecret } : granted, privateKey }
}

type WithCurrent = StoredClientRecord & { readonly record: { readonly current: GrantedClient } }

function isCurrent(found: StoredClientRecord | undefined, asked: ClientMetadata): found is WithCurrent {
  return found?.record.current?.asked === buildAskedHash(asked)
}

function reuse(
  { log, issuer, name }: Settings,
  { granted, registeredAt, privateKey }: GrantedClient,
): ClientCredentials {
  log(`Reusing client ${granted.client_id}, which was registered at ${registeredAt}.`)
  publish('client.reused', { issuer, clientId: granted.client_id, name })
  return { granted, privateKey }
}

/** Claiming the lease also shows that the store can be written: one that cannot keep the answer gets no registration. */
function claimLease(settings: Settings): Promise<string | undefined> {
  return settings.store.set(leaseKey(settings), randomUUID(), { ifAbsent: true, ttl: LEASE })
}

async function registerUnderLease(
  settings: Settings,
  provider: Provider,
  asked: ClientMetadata,
  lease: string,
): Promise<ClientCredentials> {
  try {
    const found = await readClientRecord(settings)
    if (isCurrent(found, asked)) return reuse(settings, found.record.current)
    return await register(settings, provider, asked, found)
  } finally {
    await settings.store.delete(leaseKey(settings), { ifVersion: lease })
  }
}

/** First the intent is recorded, with the key that we choose; then the provider is asked; then its answer is recorded. */
async function register(
  settings: Settings,
  provider: Provider,
  asked: ClientMetadata,
  found: StoredClientRecord | undefined,
): Promise<ClientCredentials> {
  const { issuer, name } = settings
  reportOrphan(settings, found?.record.pending)
  const pending = await buildIntent(asked, found?.record.pending)
  const before: ClientRecord = { format: 1, issuer, name, ...found?.record }
  const version = await writeClientRecord(settings, { ...before, pending }, found?.version)
  if (version === undefined) throw overtaken()

  const granted = await createOidcDynamicClient(
    buildRegistry(provider),
    withKey(asked, pending),
    settings.initialAccessToken,
  )
  const { begunAt: _, ...kept } = pending
  const current: GrantedClient = { ...kept, granted, registeredAt: new Date().toISOString() }
  await record(settings, provider, { format: 1, issuer, name, current }, version)
  report(settings, current, before.current)
  return { granted, privateKey: current.privateKey }
}

/** The key of a registration that had no answer is used again: nobody else has it. */
async function buildIntent(
  asked: ClientMetadata,
  left: PendingRegistration | undefined,
): Promise<PendingRegistration> {
  const intent = { asked: buildAskedHash(asked), begunAt: new Date().toISOString() }
  if (asked.token_endpoint_auth_method !== 'private_key_jwt') return intent
  const algorithm = asked.token_endpoint_auth_signing_alg ?? 'RS256'
  const privateKey =
    left?.privateKey?.alg === algorithm ? left.privateKey : await generatePrivateKey(algorithm)
  return { ...intent, privateKey }
}

function withKey(asked: ClientMetadata, { privateKey }: PendingRegistration): ClientMetadata {
  return privateKey ? { ...asked, jwks: { keys: [publicKeyOf(privateKey)] } } : asked
}

/** Records what was granted. If another process was faster, its client is the one, and ours goes away again. */
async function record(
  settings: Settings,
  provider: Provider,
  granted: ClientRecord & { readonly current: GrantedClient },
  version: string,
): Promise<void> {
  if (await writeClientRecord(settings, granted, version)) return
  const { granted: surplus } = granted.current
  await deleteOidcDynamicClient(buildRegistry(provider), surplus).catch(() => {
    settings.log(
      `Client ${surplus.client_id} is one too many and could not be deleted. Delete it at the provider.`,
    )
  })
  throw overtaken()
}

function overtaken(): OidcError {
  return new OidcError('ERR_OIDC_NOT_READY', {
    message: 'Another process has registered this app meanwhile. Its client is used.',
  })
}

/** A registration whose answer never came may have left a client behind. */
function reportOrphan(
  { log, clientName, redirectUri }: Settings,
  left: PendingRegistration | undefined,
): void {
  if (!left) return
  log(
    `A registration that was begun at ${left.begunAt} had no answer. If the provider lists a client "${clientName}" with ${redirectUri} from then, delete it there.`,
  )
}

function report(
  { log, issuer, name, clientName, store }: Settings,
  { granted }: GrantedClient,
  before: GrantedClient | undefined,
): void {
  log(
    `Registered this app as client ${granted.client_id} ("${clientName}"). Its record is in ${store.location}; the next start reuses it.`,
  )
  if (before)
    log(
      `The options have changed, so client ${before.granted.client_id} is no longer used. Delete it at the provider.`,
    )
  publish('client.registered', { issuer, clientId: granted.client_id, name })
}
