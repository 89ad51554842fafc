import type {
  ClientInformation,
  ClientMetadata,
  JsonWebKey,
  RequestedMetadata,
} from '../../vocabulary/oauth2-client.ts'
import type { Profile } from '../../vocabulary/profile.ts'
import { generateDecryptionKey } from '../keys/decryption-keys.ts'
import {
  contentAlgorithms,
  encryptedKinds,
  encryptionMembers,
  keyAlgorithmOf,
  keyAlgorithmsOf,
} from '../keys/encryption-algorithms.ts'
import { allowedBy } from '../metadata/profile.ts'
import type { ProviderMetadata } from '../metadata/provider-metadata.ts'

/**
 * What to register beside the algorithms that an app asks for: the best encryption of the content that the provider lists, because
 * the default is an older one, and a signature of UserInfo, because anyone can encrypt for a public key.
 */
export function encryptionDetails(
  asked: RequestedMetadata,
  provider: ProviderMetadata,
  profile: Profile | undefined,
): RequestedMetadata {
  const kinds = encryptedKinds.filter(kind => keyAlgorithmOf(asked, kind) !== undefined)
  const contents = encryptedKinds.flatMap((kind): [string, string | null][] => {
    const member = `${kind}_encrypted_response_enc`
    if (asked[`${kind}_encrypted_response_alg`] === null) return [[member, null]]
    const listed = provider[`${kind}_encryption_enc_values_supported`]
    const best = kinds.includes(kind) ? firstListed(contentAlgorithms, listed) : undefined
    return best === undefined ? [] : [[member, best]]
  })
  const signature = kinds.includes('userinfo')
    ? firstListed(allowedBy(profile), provider.userinfo_signing_alg_values_supported)
    : undefined
  return {
    ...Object.fromEntries(contents),
    ...(signature !== undefined && { userinfo_signed_response_alg: signature }),
  }
}

function firstListed(preferred: readonly string[], listed: unknown): string | undefined {
  return Array.isArray(listed) ? preferred.find(algorithm => listed.includes(algorithm)) : undefined
}

/** Finds an algorithm that an app asks for and the provider does not list, with the member that should list it. */
export function findUnlistedEncryption(
  asked: RequestedMetadata,
  provider: ProviderMetadata,
): { readonly algorithm: string; readonly list: string } | undefined {
  for (const kind of encryptedKinds) {
    const algorithm = keyAlgorithmOf(asked, kind)
    const list = `${kind}_encryption_alg_values_supported`
    const listed = provider[list]
    if (algorithm !== undefined && !(Array.isArray(listed) && listed.includes(algorithm)))
      return { algorithm, list }
  }
  return undefined
}

/** What a client is registered with, where the answer does not repeat what was requested: the encryption must not get lost. */
export function withEncryptionOf(granted: ClientInformation, requested: ClientMetadata): ClientInformation {
  const missing = encryptionMembers.filter(
    member => granted[member] === undefined && typeof requested[member] === 'string',
  )
  return { ...granted, ...Object.fromEntries(missing.map(member => [member, requested[member]])) }
}

/** The keys that a client needs for what the provider encrypts: those that are there already, otherwise new ones. */
export async function decryptionKeysFor(
  metadata: RequestedMetadata,
  present: readonly JsonWebKey[] = [],
): Promise<readonly JsonWebKey[]> {
  return Promise.all(
    keyAlgorithmsOf(metadata).map(
      async algorithm =>
        present.find(({ alg }) => alg === algorithm) ?? (await generateDecryptionKey(algorithm)),
    ),
  )
}
