import {
  generatePrivateKey,
  publicKeyOf,
} from '../../protocol/client-authentication/client-authentication.ts'
import { decryptionKeysFor } from '../../protocol/registration/encryption-members.ts'
import { publish } from '../../vocabulary/events.ts'
import type { JsonWebKey } from '../../vocabulary/oauth2-client.ts'
import { traced } from '../../vocabulary/operations.ts'
import { withNextDecryptionKeys } from '../record/client-keys.ts'
import { isAlive } from '../record/client-liveness.ts'
import { changeClientRecord, persistClientRecord, withClient } from '../record/client-record.ts'
import type { GrantedClient } from '../record/client-record-shape.ts'
import { KEYS_FETCHED_WITHIN } from '../record/key-fetching.ts'
import type { Registrar } from '../record/registrar.ts'
import { isRefused, isUnmanageable } from '../record/registration-refusals.ts'
import { nextGeneration } from './accept-granted.ts'
import { replaceMetadata } from './reconcile-client.ts'

/**
 * The new key is recorded, then registered beside the old one, then signs. The old one stays registered until no replica
 * can use it any more: {@link dropFormerKeys}. Only under the lease.
 */
export async function rotateKeys(registrar: Registrar, current: GrantedClient): Promise<void> {
  const nextKey = current.nextKey ?? (await generatePrivateKey(current.privateKey?.alg ?? 'RS256'))
  const next = { ...(await withNewDecryptionKeys(current)), nextKey }
  await changeClientRecord(registrar.settings, record => withClient(record, next))
  await signWith(registrar, await replaceMetadata(registrar, next), nextKey)
}

/**
 * Where the provider fetches the keys: the next key is served from now on, and signs once the provider must have fetched it:
 * {@link useServedKey}. What the provider encrypts for the former keys still opens, so it may take the next ones at once. Only
 * under the lease.
 */
export async function serveNextKey({ settings }: Registrar, current: GrantedClient): Promise<void> {
  const nextKey = current.nextKey ?? (await generatePrivateKey(current.privateKey?.alg ?? 'RS256'))
  const nextKeyAt = current.nextKeyAt ?? Date.now()
  const isServed = current.nextKeyAt !== undefined
  const decrypting = isServed ? current : withNextDecryptionKeys(await withNewDecryptionKeys(current))
  await changeClientRecord(settings, record => withClient(record, { ...decrypting, nextKey, nextKeyAt }))
  const from = new Date(nextKeyAt + KEYS_FETCHED_WITHIN).toISOString()
  settings.log(`The next key of this app is served at ${current.jwksUri}. It signs from ${from} on.`)
}

/**
 * The next key, which was served for long enough, signs from now on, unless the provider does not accept it yet. Only under the
 * lease.
 */
export async function useServedKey(registrar: Registrar, current: GrantedClient): Promise<void> {
  const { issuer, name } = registrar.settings
  const { nextKey } = current
  if (nextKey) await traced('rotation', { issuer, name }, () => signIfAccepted(registrar, current, nextKey))
}

async function signIfAccepted(
  registrar: Registrar,
  current: GrantedClient,
  nextKey: JsonWebKey,
): Promise<void> {
  const { settings } = registrar
  const { clientId, jwksUri } = current
  if (!(await isAlive(registrar, { ...current, privateKey: nextKey }))) {
    settings.log(
      `The provider does not accept the next key of client ${clientId} yet, so the present one goes on signing. Check that the provider can fetch ${jwksUri}.`,
    )
    await changeClientRecord(settings, record => withClient(record, { ...current, nextKeyAt: Date.now() }))
    return
  }
  await signWith(registrar, current, nextKey)
  settings.log('Rotated the credentials of this app (keys).')
  publish('client.rotated', { issuer: settings.issuer, name: settings.name, clientId, way: 'keys' })
}

/** The client with new keys for what the provider encrypts, or with those of a rotation that was begun. */
export async function withNewDecryptionKeys(client: GrantedClient): Promise<GrantedClient> {
  const nextDecryptionKeys = await decryptionKeysFor(client.granted, client.nextDecryptionKeys)
  return nextDecryptionKeys.length > 0 ? { ...client, nextDecryptionKeys } : client
}

/** From now on the next key signs; the one before is a former key. */
async function signWith(registrar: Registrar, client: GrantedClient, nextKey: JsonWebKey): Promise<void> {
  const { nextKey: _, nextKeyAt: __, ...rest } = client
  const now = Date.now()
  const former = client.privateKey ? [{ key: publicKeyOf(client.privateKey), replacedAt: now }] : []
  await persistClientRecord(registrar.settings, record =>
    withClient(record, {
      ...rest,
      generation: nextGeneration(record),
      privateKey: nextKey,
      formerKeys: [...(client.formerKeys ?? []), ...former],
      rotatedAt: now,
    }),
  )
}

/** Takes keys off the registration, or no longer serves them, that no replica can use any more. Only under the lease. */
export async function dropFormerKeys(
  registrar: Registrar,
  current: GrantedClient,
  replacedBefore: number,
): Promise<void> {
  const formerKeys = (current.formerKeys ?? []).filter(({ replacedAt }) => replacedAt >= replacedBefore)
  const slimmer = { ...current, formerKeys }
  if (current.jwksUri !== undefined) {
    await changeClientRecord(registrar.settings, record => withClient(record, slimmer))
    return
  }
  await replaceMetadata(registrar, slimmer).catch(async error => {
    if (!isUnmanageable(error) && !isRefused(error)) throw error
    registrar.settings.log(`${error.message} A former key of client ${current.clientId} stays registered.`)
    await changeClientRecord(registrar.settings, record => withClient(record, slimmer))
  })
}
