import { createHash } from 'node:crypto'
import { isJwt, verifyAccessToken } from '../../protocol/tokens/access-token.ts'
import { refusal } from '../../protocol/tokens/access-token-claims.ts'
import { hasIntrospection, introspectToken } from '../../protocol/tokens/introspection.ts'
import type { BearerSettings } from '../../relying-party/options/parse-objects.ts'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import type { AccessTokenClaims } from '../../vocabulary/claims.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { singleFlight } from '../../vocabulary/single-flight.ts'

/** Milliseconds for which an answer of the provider counts: a revoked token may be accepted for this long. */
const COUNTS_FOR = 10_000
const MOST_ANSWERS = 1_000
const MOST_QUESTIONS = 100

/** Verifies access tokens for this app: by their signature, or by asking the provider. */
export type AccessTokens = (token: string) => Promise<AccessTokenClaims>

/** Makes the verifier, with its cache of the provider's answers. */
export function accessTokens(
  rp: Pick<RelyingParty, 'settings' | 'connect' | 'request'>,
  settings: BearerSettings,
): AccessTokens {
  const { introspection, allowUntypedTokens, audience } = settings
  const rules = { issuer: rp.settings.issuer, audience }
  const introspect = remembering(token => rp.request(connection => introspectToken(connection, token, rules)))
  return async token => {
    const connection = await rp.connect()
    const isAskedFor = introspection === 'always' || (introspection === 'opaque' && !isJwt(token))
    if (!isAskedFor) return verifyAccessToken(connection, token, { ...rules, allowUntypedTokens })
    if (hasIntrospection(connection)) return introspect(token)
    throw refusal(
      'it is not a JWT, and the provider has no introspection_endpoint: set one in options.endpoints',
    )
  }
}

/**
 * Caches answers about a token for a moment, and asks once for all concurrent callers. Refusals are not cached: made-up tokens
 * would evict the others. Keys are hashes, so that no token is kept in memory.
 */
function remembering(ask: AccessTokens): AccessTokens {
  const answers = new Map<string, { readonly claims: AccessTokenClaims; readonly until: number }>()
  const questions = singleFlight<AccessTokenClaims>()

  async function askAndRemember(token: string, key: string): Promise<AccessTokenClaims> {
    const claims = await ask(token)
    answers.delete(key)
    const [oldest] = answers.keys()
    if (oldest !== undefined && answers.size >= MOST_ANSWERS) answers.delete(oldest)
    answers.set(key, {
      claims,
      until: performance.now() + Math.min(COUNTS_FOR, claims.exp * 1_000 - Date.now()),
    })
    return claims
  }

  return async token => {
    const key = createHash('sha256').update(token).digest('base64url')
    const known = answers.get(key)
    if (known && performance.now() < known.until) return known.claims
    if (!questions.has(key) && questions.size >= MOST_QUESTIONS)
      throw new OidcError('ERR_OIDC_PROVIDER_UNAVAILABLE', {
        message: `${MOST_QUESTIONS} access tokens are already being introspected.`,
        retryAfter: 1,
      })
    return await questions.run(key, () => askAndRemember(token, key))
  }
}
