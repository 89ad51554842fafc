import type { CryptoKey } from 'jose'
import { importJWK } from 'jose/key/import'
import * as client from 'openid-client'
import { OidcError } from '../../vocabulary/errors.ts'
import type { JsonWebKey } from '../../vocabulary/oauth2-client.ts'
import type { Profile } from '../../vocabulary/profile.ts'
import type { ProofKey, ProofKeys } from '../keys/proof-keys.ts'
import { allowedBy } from '../metadata/profile.ts'
import type { ProviderMetadata } from '../metadata/provider-metadata.ts'
import { publicKeyOf } from './client-authentication.ts'

/**
 * The algorithms for proofs that a provider supports, by preference: ES256 is the one that every API is likely to support. It need not
 * list any if it demands no proofs.
 */
function proofAlgorithmsOf(
  { dpop_signing_alg_values_supported: listed }: Pick<ProviderMetadata, 'dpop_signing_alg_values_supported'>,
  profile: Profile | undefined,
): readonly string[] {
  const preferred = ['ES256', ...allowedBy(profile).filter(name => name !== 'ES256')]
  return Array.isArray(listed) ? preferred.filter(name => listed.includes(name)) : ['ES256']
}

/** Prepares a private key that has its thumbprint as `kid`. */
export async function buildProofKey(key: JsonWebKey): Promise<ProofKey> {
  const pair = { privateKey: await importKey(key), publicKey: await importKey(publicKeyOf(key)) }
  const configuration = new client.Configuration({ issuer: 'https://localhost' }, 'proofs') // a handle belongs to none
  const handle = (): client.DPoPHandle =>
    client.getDPoPHandle(configuration, pair, {
      [client.modifyAssertion](header) {
        if (key.alg !== undefined) header['alg'] = key.alg // EdDSA has two names (RFC 9864 §2.2)
      },
    })
  return Object.freeze({ jkt: key.kid ?? '', forProvider: handle(), forApis: handle() })
}

/** What binds the tokens of a client to a key. */
interface BindingClient {
  readonly metadata: ProviderMetadata
  readonly profile: Profile | undefined
  readonly dpopBoundAccessTokens: boolean
  readonly proofKeys: ProofKeys | undefined
}

/**
 * The key that signs the requests of a client for tokens, or `undefined` if its tokens are bearer tokens.
 *
 * @param jkt - The thumbprint of the key that a code is bound to, or that a refresh token may be bound to, as that of a public client
 * is (RFC 9449 §5, §10).
 */
export async function proofKeyOf(
  { metadata, profile, dpopBoundAccessTokens, proofKeys }: BindingClient,
  jkt?: string,
): Promise<ProofKey | undefined> {
  if (!dpopBoundAccessTokens) return undefined
  if (!proofKeys) throw new TypeError('There are no keys to bind tokens to.') // never a bearer token instead
  const former = jkt === undefined ? undefined : await proofKeys.withThumbprint(jkt)
  return former ?? proofKeys.current(proofAlgorithmsOf(metadata, profile))
}

/** Whether a client can no longer use what is bound to a key, because the store has lost the key or DPoP was switched off. */
export async function isKeyLost(
  { dpopBoundAccessTokens, proofKeys }: BindingClient,
  jkt: string | undefined,
): Promise<boolean> {
  if (jkt === undefined) return false
  return !dpopBoundAccessTokens || (await proofKeys?.withThumbprint(jkt)) === undefined
}

/** The option of a request to the provider that is signed with a key. */
export function provenBy(key: ProofKey | undefined): client.DPoPOptions {
  return key ? { DPoP: key.forProvider } : {}
}

/**
 * The key of a token that is about to be sent.
 *
 * @throws {@link OidcError} `ERR_OIDC_ACCESS_TOKEN_REFUSED` if it is gone.
 */
export async function requireProofKey(keys: ProofKeys | undefined, jkt: string): Promise<ProofKey> {
  const key = await keys?.withThumbprint(jkt)
  if (key) return key
  throw new OidcError('ERR_OIDC_ACCESS_TOKEN_REFUSED', {
    message:
      'The access token is bound to a key that the store no longer has, so it cannot be used. Sign in again.',
  })
}

async function importKey(key: JsonWebKey): Promise<CryptoKey> {
  const imported = await importJWK(key)
  if (imported instanceof Uint8Array) throw new TypeError('A proof key is not symmetric.')
  return imported
}
