import { publicKeyOf } from '../../protocol/client-authentication/client-authentication.ts'
import type { JsonWebKey } from '../../vocabulary/oauth2-client.ts'
import type { GrantedClient } from './client-record-shape.ts'

/** How many former keys still open what is encrypted for them. */
const MOST_FORMER = 4

type DecryptionKeys = Pick<GrantedClient, 'decryptionKeys' | 'nextDecryptionKeys' | 'formerDecryptionKeys'>
type ClientKeys = Pick<GrantedClient, 'privateKey' | 'nextKey' | 'formerKeys'> & DecryptionKeys

/** The public keys that belong to a client now: those that replicas may still sign with, the one that signs next, and those to encrypt for. */
export function registeredKeys({
  privateKey,
  nextKey,
  formerKeys = [],
  decryptionKeys = [],
  nextDecryptionKeys = [],
}: ClientKeys): JsonWebKey[] {
  const former = formerKeys.map(({ key }) => key)
  const signing = [privateKey, nextKey].filter(key => key !== undefined)
  const decrypting = [...nextDecryptionKeys, ...without(decryptionKeys, nextDecryptionKeys)]
  return [...former, ...signing, ...decrypting].map(publicKeyOf)
}

/** The private keys that open what the provider encrypts for a client, the newest first. */
export function openingKeys({
  decryptionKeys = [],
  nextDecryptionKeys = [],
  formerDecryptionKeys = [],
}: DecryptionKeys): readonly JsonWebKey[] {
  return [...nextDecryptionKeys, ...without(decryptionKeys, nextDecryptionKeys), ...formerDecryptionKeys]
}

function without(keys: readonly JsonWebKey[], others: readonly JsonWebKey[]): readonly JsonWebKey[] {
  return keys.filter(({ kid }) => others.every(other => other.kid !== kid))
}

/** The client when its next keys for what the provider encrypts have taken the place of those before. */
export function withNextDecryptionKeys(client: GrantedClient): GrantedClient {
  const { nextDecryptionKeys, decryptionKeys = [], formerDecryptionKeys = [], ...rest } = client
  if (!nextDecryptionKeys) return client
  const former = [...without(decryptionKeys, nextDecryptionKeys), ...formerDecryptionKeys]
  return {
    ...rest,
    decryptionKeys: nextDecryptionKeys,
    formerDecryptionKeys: former.slice(0, MOST_FORMER),
  }
}
