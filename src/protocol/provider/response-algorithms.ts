import type { ClientInformation, ClientMetadata, RequestedMetadata } from '../../vocabulary/oauth2-client.ts'
import type { Profile } from '../../vocabulary/profile.ts'
import { allowedBy } from '../metadata/profile.ts'
import type { ProviderMetadata } from '../metadata/provider-metadata.ts'

interface Signer {
  readonly metadata: ProviderMetadata
  readonly profile: Profile | undefined
}

/** The registered algorithm, otherwise those that the provider lists; in both cases only accepted ones (RFC 8725 §3.1). */
export function allowedAlgorithms(
  { metadata, profile }: Signer,
  registered: string | undefined,
  list: string,
): readonly string[] {
  const listed = metadata[list] ?? ['RS256']
  const offered: readonly unknown[] = registered ? [registered] : [listed].flat()
  return allowedBy(profile).filter(algorithm => offered.includes(algorithm))
}

/**
 * The algorithm that signs UserInfo, if the options ask for a signature: otherwise it may be plain, even if the provider has
 * registered an algorithm.
 */
export function userInfoAlgorithm({
  requested,
  granted,
}: {
  readonly requested?: ClientMetadata
  readonly granted: ClientInformation
}): string | undefined {
  const asked = requested?.userinfo_signed_response_alg
  if (asked === undefined || asked === 'none') return undefined
  const { userinfo_signed_response_alg: registered = 'none' } = granted
  return registered === 'none' ? asked : registered
}

/** Finds the member that asks for authorization responses with a signature or an encryption (JARM §3). */
export function findResponseMember(metadata: RequestedMetadata): string | undefined {
  return Object.keys(metadata).find(
    member =>
      /^authorization_(signed|encrypted)_response_/.test(member) && typeof metadata[member] === 'string',
  )
}
