import { CompactEncrypt, importJWK } from 'jose'
import { publicKeyOf } from '../../../src/protocol/client-authentication/client-authentication.ts'
import type { JsonWebKey } from '../../../src/vocabulary/oauth2-client.ts'
import type { ScriptedProvider } from '../scripted-provider.ts'

/** The key of a client, with what is special about one response. */
interface Encryption {
  readonly key: JsonWebKey
  readonly header?: Readonly<Record<string, unknown>>
}

/** Encrypts a text as a provider does: for the public part of a key, with the algorithm of the key and its id. */
export async function encrypt(text: string, { key, header = {} }: Encryption): Promise<string> {
  const { alg, enc, ...others } = { alg: key.alg, enc: 'A256GCM', ...header }
  const named = { cty: 'JWT', kid: key.kid, ...others, alg: String(alg), enc: String(enc) }
  const protectedHeader = JSON.parse(JSON.stringify(named)) // without what is undefined
  return new CompactEncrypt(Buffer.from(text))
    .setProtectedHeader(protectedHeader)
    .encrypt(await importJWK(publicKeyOf(key), String(alg)))
}

/** What a provider says that it encrypts with. */
export const encryptionLists = {
  id_token_encryption_alg_values_supported: ['RSA-OAEP', 'RSA-OAEP-256', 'ECDH-ES', 'ECDH-ES+A256KW'],
  id_token_encryption_enc_values_supported: ['A128CBC-HS256', 'A128GCM', 'A256GCM'],
  userinfo_encryption_alg_values_supported: ['RSA-OAEP', 'ECDH-ES', 'ECDH-ES+A256KW'],
  userinfo_encryption_enc_values_supported: ['A128CBC-HS256', 'A128GCM'],
  userinfo_signing_alg_values_supported: ['RS256'],
  authorization_encryption_alg_values_supported: ['ECDH-ES'],
  authorization_encryption_enc_values_supported: ['A256GCM'],
}

/** The keys that are registered for encryption. */
export function encryptionKeysOf({ clients }: Pick<ScriptedProvider, 'clients'>): JsonWebKey[] {
  const [client] = [...clients.values()].slice(-1)
  const { keys = [] } = (client?.jwks ?? {}) as { readonly keys?: JsonWebKey[] }
  return keys.filter(({ use }) => use === 'enc')
}

type Wrap = (jwt: string, key: JsonWebKey) => string | Promise<string>

const wrapped: Wrap = (jwt, key) => encrypt(jwt, { key })

/** Lets the scripted provider encrypt ID tokens and UserInfo for the first key that its newest client has registered. */
export function encryptResponses(
  provider: ScriptedProvider,
  { idToken = wrapped, userInfo = wrapped }: { readonly idToken?: Wrap; readonly userInfo?: Wrap } = {},
): void {
  const keyNow = (): JsonWebKey => {
    const [key] = encryptionKeysOf(provider)
    if (!key) throw new Error('The client has registered no key for encryption.')
    return key
  }
  provider.idToken = async (claims, header) => idToken(await provider.sign(claims, header), keyNow())
  provider.answer('userinfo', async (_request, response) => {
    const [aud] = [...provider.clients.keys()].slice(-1)
    const jwt = await provider.sign({ iss: provider.issuer, aud, ...provider.user })
    response.writeHead(200, { 'content-type': 'application/jwt' }).end(await userInfo(jwt, keyNow()))
  })
}
