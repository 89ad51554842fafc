import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { importJWK } from 'jose/key/import'
import * as client from 'openid-client'
import { CLOCK_TOLERANCE } from '../../vocabulary/clock-tolerance.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import type { JsonWebKey } from '../../vocabulary/oauth2-client.ts'
import type { Profile } from '../../vocabulary/profile.ts'
import type { AssertionRules } from '../metadata/discovery-options.ts'
import { allowedBy } from '../metadata/profile.ts'
import type { ProviderMetadata } from '../metadata/provider-metadata.ts'
import { acceptedAudience } from '../metadata/quirks.ts'
import type { ProviderClock } from '../requests/provider-clock.ts'

/** The provider that a client authenticates to. */
export interface Authenticator {
  readonly metadata: ProviderMetadata
  readonly assertions: AssertionRules
  readonly template: string | undefined
  readonly profile: Profile | undefined
  readonly clock: Pick<ProviderClock, 'tolerance'>
}

/** The audience of a client's assertions. An issuer that is a template names nobody. */
export function audienceOf({ metadata, template, assertions, profile }: Authenticator): string {
  if (profile !== undefined) return metadata.issuer // FAPI 2.0 Security Profile §5.3.3.1
  const chosen =
    template === undefined ? (assertions.audience ?? acceptedAudience(metadata)) : 'token_endpoint'
  return chosen === 'issuer' ? metadata.issuer : metadata.token_endpoint
}

/**
 * An assertion that is signed with the client's private key (`private_key_jwt`).
 *
 * @param certificate - In PEM format, for providers that find the key by its thumbprint (RFC 7515 §4.1.8).
 */
export async function buildAssertion(
  privateKey: JsonWebKey,
  provider: Authenticator,
  certificate?: string,
): Promise<client.ClientAuth> {
  const algorithm = algorithmOf(privateKey, provider)
  const key = await importPrivateKey({ ...privateKey, ...(algorithm && { alg: algorithm }) })
  const setClaims = claimsFor(provider)
  const thumbprint = certificate === undefined ? undefined : thumbprintOf(certificate)
  return client.PrivateKeyJwt(
    { key, ...(privateKey.kid === undefined ? {} : { kid: privateKey.kid }) },
    {
      [client.modifyAssertion]: (header, payload) => {
        if (algorithm !== undefined) header['alg'] = algorithm // EdDSA has two names (RFC 9864 §2.2)
        if (thumbprint !== undefined) header['x5t#S256'] = thumbprint
        setClaims(payload)
      },
    },
  )
}

/** An assertion that is signed with the client's secret by HMAC, so that the secret itself is never sent (`client_secret_jwt`). */
export function signBySecret(secret: string, provider: Authenticator): client.ClientAuth {
  const setClaims = claimsFor(provider)
  return client.ClientSecretJwt(secret, {
    [client.modifyAssertion]: (_header, payload) => setClaims(payload),
  })
}

/**
 * RFC 7523 §3. Exactly one audience: with two, one recipient could use the assertion at the other. Some servers, such as Ory Hydra,
 * allow no difference between the clocks, so `iat` is set back and `nbf`, which is optional like `iat`, is not sent.
 */
function claimsFor(provider: Authenticator): (payload: Record<string, unknown>) => void {
  const audience = audienceOf(provider)
  return payload => {
    payload['aud'] = audience
    Object.assign(payload, timesOf(provider))
    delete payload['nbf']
  }
}

/** From when until when something that the client signs now is valid, in seconds since 1970. */
export function timesOf({ assertions, clock }: Authenticator): {
  readonly iat: number
  readonly exp: number
} {
  const now = Math.floor(Date.now() / 1_000)
  return {
    iat: now - Math.max(CLOCK_TOLERANCE, Math.ceil(clock.tolerance)),
    exp: now + assertions.lifetime / 1_000,
  }
}

/** An assertion that a function of the app provides (RFC 7521 §4.2). */
export function sendAssertion(get: () => Promise<string>): client.ClientAuth {
  return (_provider, { client_id: id }, body): unknown =>
    get().then(assertion => {
      body.set('client_id', id)
      body.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
      body.set('client_assertion', assertion)
    })
}

/**
 * The algorithm for client assertions: the best that the provider lists, and RS256 where it lists none, because every provider
 * supports that. `undefined` if it lists only algorithms that this library does not support.
 */
export function chooseAssertionAlgorithm(
  { token_endpoint_auth_signing_alg_values_supported: listed }: ProviderMetadata,
  profile?: Profile,
): string | undefined {
  if (!Array.isArray(listed)) return 'RS256'
  return ['ES256', ...allowedBy(profile)].find(algorithm => listed.includes(algorithm))
}

/** Says what is wrong with the certificate of a private key; `undefined` if they belong together. */
export function certificateProblem(privateKey: JsonWebKey, certificate: string): string | undefined {
  try {
    const isOfKey = new X509Certificate(certificate).checkPrivateKey(
      createPrivateKey({ key: privateKey, format: 'jwk' }),
    )
    return isOfKey ? undefined : 'must belong to the private key'
  } catch {
    return 'must be a certificate in PEM format that belongs to the private key'
  }
}

/** What a key signs with. */
export function algorithmOf(privateKey: JsonWebKey, provider: Authenticator): string | undefined {
  return privateKey.alg ?? fittingAlgorithm(privateKey, provider)
}

/** For a key that does not say its algorithm: the first that fits it and that the provider lists. */
function fittingAlgorithm(
  { kty, crv }: JsonWebKey,
  { metadata, profile }: Authenticator,
): string | undefined {
  const curves: Readonly<Record<string, string>> = { 'P-256': 'ES256', 'P-384': 'ES384', 'P-521': 'ES512' }
  if (kty === 'EC') return curves[String(crv)]
  if (kty !== 'RSA') return undefined
  const { token_endpoint_auth_signing_alg_values_supported: listed } = metadata
  const fitting = allowedBy(profile).filter(algorithm => /^[RP]S/.test(algorithm))
  return fitting.find(algorithm => Array.isArray(listed) && listed.includes(algorithm)) ?? fitting[0]
}

/** Kinds of keys, with what they sign with. */
const kinds: ReadonlyMap<unknown, RegExp> = new Map([
  ['RSA', /^[RP]S(256|384|512)$/],
  ['P-256', /^ES256$/],
  ['P-384', /^ES384$/],
  ['P-521', /^ES512$/],
  ['Ed25519', /^(EdDSA|Ed25519)$/],
])

/** Whether a key that was generated for a client can still sign with its algorithm. */
export function canSign(key: JsonWebKey): boolean {
  const { kty, crv = kty, alg } = key
  if (alg !== undefined && !kinds.get(crv)?.test(alg)) return false
  try {
    return createPrivateKey({ key, format: 'jwk' }).type === 'private'
  } catch {
    return false
  }
}

function thumbprintOf(certificate: string): string {
  return createHash('sha256').update(new X509Certificate(certificate).raw).digest('base64url')
}

export async function importPrivateKey(privateKey: JsonWebKey): Promise<client.CryptoKey> {
  const key = await importJWK(privateKey).catch(() => undefined)
  if (key && !(key instanceof Uint8Array) && key.type === 'private') return key
  throw new OidcError('ERR_OIDC_CLIENT_METADATA_INVALID', {
    message:
      'client.privateKey must be a private key in JWK format with kty RSA, EC or OKP, and an alg such as ES256.',
  })
}
