import { randomUUID } from 'node:crypto'
import { importJWK, type JWK, SignJWT } from 'jose'
import type { TestClaims } from './signed-in.ts'

/** The contents of an access token that {@link TestProvider.issueAccessToken} issues. */
export interface IssueAccessTokenOptions {
  /** The API that the token is for: a name from the app's option `bearer.audience`. */
  readonly audience: string
  /** The user of the token. Default: the provider's user. */
  readonly user?: TestClaims
  /** The granted scope for `requireScopes()`, separated by spaces. Default: none. */
  readonly scope?: string
  /** The thumbprint of the key that the token is bound to, such as that of a {@link dpopCaller}. Default: a bearer token. */
  readonly jkt?: string
}

/** Signs an access token of a user who has just authenticated, unless their claims say otherwise (RFC 9068 §2.2). */
export async function signAccessToken(
  key: JWK,
  issuer: string,
  { audience, user = {}, scope = '', jkt }: IssueAccessTokenOptions,
): Promise<string> {
  const { alg = 'RS256' } = key
  const { sub = 'test-user', ...claims } = user
  const now = Math.floor(Date.now() / 1_000)
  const binding = jkt === undefined ? {} : { cnf: { jkt } }
  return new SignJWT({
    auth_time: now,
    ...claims,
    client_id: 'test-client',
    ...(scope && { scope }),
    ...binding,
  })
    .setProtectedHeader({ alg, typ: 'at+jwt', ...(key.kid && { kid: key.kid }) })
    .setIssuer(issuer)
    .setSubject(sub)
    .setAudience(audience)
    .setIssuedAt(now)
    .setExpirationTime(now + 3_600)
    .setJti(randomUUID())
    .sign(await importJWK(key, alg))
}
