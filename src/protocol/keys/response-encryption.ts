import type { CompactJWEHeaderParameters } from 'jose'
import { decodeProtectedHeader } from 'jose/decode/protected_header'
import { importJWK } from 'jose/key/import'
import { showValue } from '../../vocabulary/clean-words.ts'
import type { ClientMetadata, JsonWebKey } from '../../vocabulary/oauth2-client.ts'
import { contentAlgorithmsOf, type EncryptedKind, fits, keyAlgorithmOf } from './encryption-algorithms.ts'

/** What decides how responses for a client are opened. */
export interface DecryptionState {
  /** What the client is registered with. */
  readonly metadata: ClientMetadata
  /** Private keys of the client, the newest first. */
  readonly keys: readonly JsonWebKey[]
}

/**
 * Returns the signed JWT inside an encrypted response; a response that is not encrypted as it is, if that was registered.
 *
 * @throws {@link UnopenedResponse} For a response that is encrypted otherwise than the client was registered for, and for one
 * that no key of the client opens.
 * @see OpenID Connect Core 1.0 §10.2, §3.1.3.7-1
 */
export type OpenResponse = (kind: EncryptedKind, response: string) => Promise<string>

/** A response is not encrypted as it should be, or cannot be opened. The message says why, in words for an operator. */
export class UnopenedResponse extends Error {
  override readonly name = 'UnopenedResponse'
}

/**
 * Makes what opens the responses for a client.
 *
 * @param newest - Reads again what the client is registered with: another replica may have changed it a moment ago.
 */
export function responseOpener(
  state: DecryptionState,
  newest: () => Promise<DecryptionState | undefined> = async () => undefined,
): OpenResponse {
  return async function openResponse(kind, response) {
    try {
      return await open(state, kind, response)
    } catch (error) {
      const changed = error instanceof UnopenedResponse ? await newest() : undefined
      if (!changed) throw error
      return open(changed, kind, response)
    }
  }
}

/** Whether a text has the form of an encrypted response (RFC 7516 §3.1). */
export function isEncrypted(text: string): boolean {
  return text.split('.').length === 5
}

async function open({ metadata, keys }: DecryptionState, kind: EncryptedKind, text: string): Promise<string> {
  const algorithm = keyAlgorithmOf(metadata, kind)
  if (algorithm === undefined) {
    if (!isEncrypted(text)) return text
    throw new UnopenedResponse(
      `it is encrypted, and the client is not registered for that: let the provider send it without encryption, or set options.metadata.${kind}_encrypted_response_alg`,
    )
  }
  if (!isEncrypted(text))
    throw new UnopenedResponse(`it is not encrypted, and the client is registered for ${algorithm}`)
  const header = headerOf(text)
  const contents = contentAlgorithmsOf(metadata, kind)
  verifyHeader(header, algorithm, contents)
  const fitting = keys.filter(key => fits(key, algorithm))
  return unwrap(await decrypt(text, newestFirst(fitting, header.kid), algorithm, contents))
}

function headerOf(text: string): Partial<CompactJWEHeaderParameters> {
  try {
    return decodeProtectedHeader(text)
  } catch {
    throw new UnopenedResponse('it is not a JWE')
  }
}

/** What is compressed can be much longer than what was sent, and its length reveals something about the content. */
function verifyHeader(
  { alg, enc, zip }: Partial<CompactJWEHeaderParameters>,
  algorithm: string,
  contents: readonly string[],
): void {
  if (alg !== algorithm) throw new UnopenedResponse(`its alg is ${showValue(alg)} instead of ${algorithm}`)
  if (enc === undefined || !contents.includes(enc))
    throw new UnopenedResponse(`its enc is ${showValue(enc)} instead of ${contents.join(' or ')}`)
  if (zip !== undefined) throw new UnopenedResponse('it is compressed')
}

/** A provider need not name the key, and may name it differently, so each one that fits is tried. */
function newestFirst(keys: readonly JsonWebKey[], kid: unknown): readonly JsonWebKey[] {
  const isNamed = (key: JsonWebKey): boolean => kid !== undefined && key.kid === kid
  return [...keys.filter(isNamed), ...keys.filter(key => !isNamed(key))]
}

async function decrypt(
  text: string,
  keys: readonly JsonWebKey[],
  algorithm: string,
  contents: readonly string[],
): Promise<Uint8Array> {
  const { compactDecrypt } = await import('jose/jwe/compact/decrypt') // most apps need none of it
  const options = { keyManagementAlgorithms: [algorithm], contentEncryptionAlgorithms: [...contents] }
  for (const key of keys) {
    const opened = await importJWK(key, algorithm)
      .then(imported => compactDecrypt(text, imported, options))
      .catch(() => undefined) // the reasons are not told apart: they would help an attacker to guess
    if (opened) return opened.plaintext
  }
  throw new UnopenedResponse("none of the client's keys opens it")
}

/** Everyone who knows the public key can encrypt. Only the signature inside shows who it was. */
function unwrap(plaintext: Uint8Array): string {
  const text = new TextDecoder().decode(plaintext)
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)) return text
  throw new UnopenedResponse('what is encrypted is not a signed JWT')
}
