import { createPublicKey } from 'node:crypto'
import { certificateProblem } from '../../protocol/client-authentication/client-assertion.ts'
import { publicKeyOf } from '../../protocol/client-authentication/client-authentication.ts'
import { decryptionKeyProblem } from '../../protocol/keys/decryption-keys.ts'
import { fits, keyAlgorithmsOf } from '../../protocol/keys/encryption-algorithms.ts'
import { findBroken, namesKeys } from '../../protocol/registration/client-metadata-rules.ts'
import { readClientMetadata } from '../../protocol/registration/read-client-metadata.ts'
import { findUnsupported } from '../../protocol/registration/supported-metadata.ts'
import { copyJson, isJson, isObject, type JsonObject } from '../../vocabulary/json.ts'
import type {
  ClientAuthenticationMethod,
  JsonWebKey,
  RequestedMetadata,
} from '../../vocabulary/oauth2-client.ts'
import type { StaticClient } from './client-options.ts'
import { optionError } from './option-error.ts'
import { serverUrl } from './parse-addresses.ts'
import { accept, func, members, type Parser, seconds, text } from './parser.ts'

const isSecret = (value: unknown): value is string | (() => string | Promise<string>) =>
  (typeof value === 'string' && value !== '') || typeof value === 'function'

const isJwk = (value: unknown): value is JsonObject => isObject(value) && isJson(value)

/** Whether the public part of a key can be served, and told from the others. */
function isServable(value: unknown): value is JsonWebKey {
  if (!isJwk(value) || typeof value['kid'] !== 'string') return false
  try {
    return createPublicKey({ key: value, format: 'jwk' }).type === 'public'
  } catch {
    return false
  }
}

const methods = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'tls_client_auth',
  'self_signed_tls_client_auth',
  'none',
] as const satisfies readonly ClientAuthenticationMethod[]

const parseClient = members({
  clientId: text,
  clientSecret: accept(isSecret, 'must be a string that is not empty, or a function that returns one'),
  privateKey: accept(isJwk, 'must be an object that JSON can hold'),
  decryptionKeys: accept(
    (value): value is readonly JsonWebKey[] => Array.isArray(value) && value.length > 0 && value.every(isJwk),
    'must be an array of private keys in JWK format, the newest first',
  ),
  servedKeys: accept(
    (value): value is readonly JsonWebKey[] => Array.isArray(value) && value.every(isServable),
    'must be an array of public keys in JWK format, each with a kid',
  ),
  certificate: text,
  assertion: func<() => string | Promise<string>>(),
  authenticationMethod: accept(
    (value): value is ClientAuthenticationMethod => methods.some(method => method === value),
    `must be ${methods.join(' or ')}`,
  ),
})

/** A client that was made by hand has the credentials of exactly one method. */
export const client: Parser<StaticClient> = (value, path) => {
  const given = parseClient(value, path)
  const { clientId, clientSecret, privateKey, certificate, assertion, authenticationMethod: method } = given
  if (!clientId) throw optionError(`${path}.clientId`, 'is required')
  if ([clientSecret, privateKey, assertion].filter(credential => credential !== undefined).length > 1)
    throw optionError(
      path,
      'must contain a secret or a private key or an assertion, not more than one of them',
    )
  verifyMethod(given, method, `${path}.authenticationMethod`)
  verifyCertificate(certificate, privateKey, `${path}.certificate`)
  if (given.servedKeys && !privateKey) throw optionError(`${path}.servedKeys`, 'needs a privateKey')
  const copied: Readonly<Record<string, unknown>> = {
    ...given,
    privateKey: privateKey && copyJson(privateKey),
    decryptionKeys: given.decryptionKeys?.map(copyJson),
    servedKeys: given.servedKeys?.map(key => copyJson(publicKeyOf(key))),
  }
  const present = Object.entries(copied).filter(([, member]) => member !== undefined)
  return Object.freeze(Object.fromEntries(present)) as StaticClient
}

/** Refuses an authentication method that does not fit the credentials of the client. */
function verifyMethod(
  { clientSecret, privateKey, assertion }: { readonly [Name in keyof StaticClient]?: unknown },
  method: string | null | undefined,
  path: string,
): void {
  const matching =
    privateKey || assertion
      ? /^(private_key_jwt|.*tls_client_auth)$/
      : clientSecret
        ? /^client_secret_/
        : /^(none|.*tls_client_auth)$/
  if (typeof method === 'string' && !matching.test(method))
    throw optionError(
      path,
      'must match the credentials: client_secret_basic, client_secret_post or client_secret_jwt for a secret, private_key_jwt for a privateKey or an assertion, none without any; tls_client_auth or self_signed_tls_client_auth for a certificate that options.fetch presents',
    )
}

/** What a client that was made by hand was registered with must fit what its option says. */
export function verifyRegistered(client: StaticClient, metadata: RequestedMetadata): void {
  const { authenticationMethod, assertionAlgorithm } = readClientMetadata(metadata)
  verifyDecryptionKeys(client, metadata)
  const path = 'metadata.token_endpoint_auth_method'
  verifyMethod(client, authenticationMethod, path)
  if (
    authenticationMethod &&
    client.authenticationMethod &&
    authenticationMethod !== client.authenticationMethod
  )
    throw optionError(path, 'must be the same as options.client.authenticationMethod, or be left out')
  const { alg } = client.privateKey ?? {}
  if (assertionAlgorithm && alg !== undefined && alg !== assertionAlgorithm)
    throw optionError(
      'metadata.token_endpoint_auth_signing_alg',
      'must be the alg of options.client.privateKey, or be left out',
    )
}

/** Checks that the keys can decrypt everything that the provider encrypts, and that something is encrypted if there are keys. */
function verifyDecryptionKeys({ decryptionKeys }: StaticClient, metadata: RequestedMetadata): void {
  const path = 'client.decryptionKeys'
  const registered = keyAlgorithmsOf(metadata)
  if (!decryptionKeys) {
    if (registered.length === 0) return
    throw optionError(
      path,
      `is required, because options.metadata say that the provider encrypts with ${registered.join(' and ')}`,
    )
  }
  if (registered.length === 0)
    throw optionError(
      path,
      'needs to know what the provider encrypts: set metadata.id_token_encrypted_response_alg, or leave it out',
    )
  for (const [index, key] of decryptionKeys.entries()) {
    const problem = decryptionKeyProblem(key, registered)
    if (problem) throw optionError(`${path}[${index}]`, problem)
  }
  const unopened = registered.find(algorithm => decryptionKeys.every(key => !fits(key, algorithm)))
  if (unopened !== undefined)
    throw optionError(path, `has no key for ${unopened}, which options.metadata say that the provider uses`)
}

function verifyCertificate(
  certificate: string | undefined,
  privateKey: object | undefined,
  path: string,
): void {
  if (certificate === undefined) return
  const problem = privateKey ? certificateProblem({ ...privateKey }, certificate) : 'needs a privateKey'
  if (problem) throw optionError(path, problem)
}

const isLifetime = (value: unknown): value is number =>
  typeof value === 'number' && value >= 10 && value <= 600

const assertionAudience = accept(
  value => value === 'issuer' || value === 'token_endpoint',
  'must be issuer or token_endpoint',
)

export const clientAssertions = members({
  audience: assertionAudience,
  lifetime: seconds(60, isLifetime, 'must be a number of seconds, at least 10 and at most 600'),
})

function verifyJson(value: JsonObject, path: string): void {
  const wrong = Object.entries(value).find(([, member]) => member !== undefined && !isJson(member))
  if (wrong) throw optionError(`${path}.${wrong[0]}`, 'must be a value that JSON can hold')
}

export const metadata: Parser<RequestedMetadata> = (value = {}, path) => {
  if (!isObject(value)) throw optionError(path, 'must be an object')
  verifyJson(value, path)
  if (namesKeys(value))
    throw optionError(
      path,
      'must not contain jwks or jwks_uri: the app creates and rotates its own keys, and options.client has those of a client that was made by hand',
    )
  const { redirectUris, backchannelLogoutUri } = readClientMetadata(value)
  if (redirectUris === null)
    throw optionError(`${path}.redirect_uris`, 'must not be null: without it, no user can sign in')
  serverUrl(backchannelLogoutUri ?? undefined, `${path}.backchannel_logout_uri`)
  const asked = Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null))
  const unsupported = findUnsupported(value) ?? findBroken(asked)
  if (unsupported) throw optionError(`${path}.${unsupported.member}`, unsupported.rule)
  return Object.freeze(copyJson(value))
}
