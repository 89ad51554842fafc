import { publicKeyOf } from '../../protocol/client-authentication/client-authentication.ts'
import { fits, keyAlgorithmsOf } from '../../protocol/keys/encryption-algorithms.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { JsonWebKey, RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import type { StaticClient } from '../options/client-options.ts'
import type { Settings } from '../options/settings.ts'
import { registeredKeys } from '../record/client-keys.ts'
import { readClientRecord } from '../record/client-record.ts'
import type { ClientRecord } from '../record/client-record-shape.ts'
import type { Clients } from './clients.ts'

/**
 * Reads the public keys of every client of this app from the store, so that each replica serves what another one has just
 * recorded.
 *
 * @param clients - The clients as this process knows them, once it does: what a store has lost is put back before it is read.
 * @throws {@link OidcError} `ERR_OIDC_NOT_READY` if there is no key yet: a provider would keep an empty set. What the store throws.
 */
export async function readServedKeys(
  settings: Settings,
  clients: Pick<Clients, 'reread'> | undefined,
): Promise<readonly JsonWebKey[]> {
  if (settings.client) return keysByHand(settings.client, settings.metadata)
  const record = (await clients?.reread()) ?? (await readClientRecord(settings)).record
  const keys = servedKeys(record)
  if (keys.length > 0) return keys
  throw new OidcError('ERR_OIDC_NOT_READY', { message: 'This app has no keys to serve yet.' })
}

/** The key that signs, those that have signed or will, and for each algorithm that the provider encrypts with the newest that opens it. */
function keysByHand(
  { privateKey, servedKeys = [], decryptionKeys = [] }: StaticClient,
  metadata: RequestedMetadata,
): readonly JsonWebKey[] {
  const signing = privateKey ? [{ ...publicKeyOf(privateKey), use: privateKey.use ?? 'sig' }] : []
  const decrypting = keyAlgorithmsOf(metadata).flatMap(alg => {
    const key = decryptionKeys.find(candidate => fits(candidate, alg))
    return key ? [{ ...publicKeyOf(key), alg, use: 'enc' }] : []
  })
  const others = servedKeys.filter(({ kid }) => kid !== privateKey?.kid)
  return [...signing, ...others.map(key => ({ ...key, use: key.use ?? 'sig' })), ...decrypting]
}

/** Each key once: a client that was just registered is still in the record as pending too. */
function servedKeys({ pending, current, retiring = [] }: ClientRecord): readonly JsonWebKey[] {
  const keys = [pending, current, ...retiring].flatMap(client => (client ? registeredKeys(client) : []))
  return [...new Map(keys.map(key => [key.kid, key])).values()]
}
