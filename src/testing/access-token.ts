import { randomUUID } from 'node:crypto'
import { importJWK, type JWK, SignJWT } from 'jose'
import type { TestClaims } from './signed-in.ts'

/** What a `testProvider()` puts into an access token. */
export interface IssueAccessTokenOptions {
  /** The API that it is for: what the app calls itself in `bearer.audience`. */
  readonly audience: string
  /** Whose token it is. Default: the user of the provider. */
  readonly user?: TestClaims
  /** What was granted, for `requireScopes()`. Default: nothing. */
  readonly scope?: string
}

/** Signs an access token of a user who has authenticated just now, unless his claims say otherwise (RFC 9068 §2.2). */
export async function signAccessToken(
  key: JWK,
  issuer: string,
  { audience, user = {}, scope = '' }: IssueAccessTokenOptions,
): Promise<string> {
  const { sub = 'test-user', ...claims } = user
  const now = Math.floor(Date.now() / 1_000)
  return new SignJWT({ auth_time: now, ...claims, client_id: 'test-client', ...(scope && { scope }) })
    .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', ...(key.kid && { kid: key.kid }) })
    .setIssuer(issuer)
    .setSubject(sub)
    .setAudience(audience)
    .setIssuedAt(now)
    .setExpirationTime(now + 3_600)
    .setJti(randomUUID())
    .sign(await importJWK(key, 'RS256'))
}
