import { boundFetch, type Fetch } from '../../protocol/requests/bounded-fetch.ts'
import { readServedKeys } from '../../relying-party/client/served-keys.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { isObject, type JsonObject, parseJson } from '../../vocabulary/json.ts'
import type { JsonWebKey } from '../../vocabulary/oauth2-client.ts'
import { whyUnreached } from './ask-app.ts'
import type { CheckContext } from './check.ts'
import { type Finding, failed, passed, skipped } from './finding.ts'

/** Milliseconds. */
const DEADLINE = 8_000

/** Members of a JWK that are secret (RFC 7518 §6.2.2, §6.3.2, §6.4.1). */
const secrets = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** Whether the provider finds the app's keys at the address that is registered: all of them, and nothing that is secret. */
export async function checkServedKeys({ settings }: CheckContext): Promise<readonly Finding[]> {
  const { jwksUri: uri } = settings
  if (uri === undefined) return []
  const expected = await readServedKeys(settings, undefined).catch((error: unknown) => {
    if (error instanceof OidcError && error.code === 'ERR_OIDC_NOT_READY') return undefined
    throw error
  })
  if (!expected) return [skipped('keys', `The app is not registered yet, so ${uri} serves no keys.`)]
  const fetch = boundFetch(globalThis.fetch as Fetch, { deadline: DEADLINE, redirects: 'return' })
  try {
    const response = await fetch(uri, { headers: { accept: 'application/jwk-set+json' } })
    return [judge(uri, response.status, await response.text(), expected)]
  } catch (error) {
    return [skipped('keys', `${whyUnreached(uri, error)}. Start the app to check the keys that it serves.`)]
  }
}

function judge(uri: string, status: number, text: string, expected: readonly JsonWebKey[]): Finding {
  const body = parseJson(text)
  const keys = isObject(body) && Array.isArray(body['keys']) ? body['keys'].filter(isObject) : undefined
  if (status !== 200 || !keys)
    return failed(
      'keys',
      `${uri} answers HTTP ${status}${status === 200 ? ' without a key set' : ''}, so the provider does not find the keys of the app.`,
      'Let requests for this path reach relyingParty() without a sign-in or a redirect, and see the log of the app',
    )
  if (keys.some(key => secrets.some(member => member in key)))
    return failed(
      'keys',
      `${uri} serves a private or a symmetric key.`,
      'Find what answers there, because this library serves only public keys; then run express-oidc-rp client rotate',
    )
  const missing = expected.filter(key => !keys.some(served => isSame(served, key)))
  if (missing.length > 0)
    return failed(
      'keys',
      `${uri} does not serve ${nameKeys(missing)} of this app.`,
      'Use the same options.store (OIDC_STORE) and options.name (OIDC_NAME) here and in the app, and let no cache keep the answer for longer than a minute',
    )
  return passed('keys', `The provider finds ${nameKeys(expected)} of this app at ${uri}.`)
}

/** The provider looks for the `kid`, and needs the key itself. */
function isSame(served: JsonObject, key: JsonWebKey): boolean {
  return (['kid', 'kty', 'n', 'x'] as const).every(member => served[member] === key[member])
}

function nameKeys(keys: readonly JsonWebKey[]): string {
  const kids = keys.map(({ kid }) => kid ?? 'without kid')
  return `${keys.length === 1 ? 'the key' : 'the keys'} ${kids.join(', ')}`
}
