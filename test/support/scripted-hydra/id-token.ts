import { createHash, randomUUID } from 'node:crypto'
import { type Grant, type HydraState, secondsOf } from './state.ts'

/** Hydra facts §1.7, §4: what the ID token and the UserInfo have in common. `aud` is a list, `rat` is Hydra's own. */
export function sessionClaims({ issuer }: HydraState, grant: Grant): Record<string, unknown> {
  const { session, clientId, requestedAt } = grant
  return {
    ...grant.claims,
    iss: issuer,
    sub: session.user.sub,
    aud: [clientId],
    iat: requestedAt,
    rat: requestedAt,
    auth_time: session.authTime,
    ...(grant.acrValues !== null && { acr: '0' }),
  }
}

/** Hydra facts §4: no `azp`; a refresh repeats `nonce`, `sid`, `auth_time` and `rat`. */
export function idTokenFor(
  state: HydraState,
  grant: Grant,
  accessToken: string,
  lifetime: number,
): Promise<string> {
  const now = secondsOf(state)
  const claims = {
    ...sessionClaims(state, grant),
    at_hash: createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url'),
    exp: now + lifetime,
    iat: now,
    jti: randomUUID(),
    ...(grant.nonce !== null && { nonce: grant.nonce }),
    sid: grant.session.sid,
  }
  // Hydra facts §3.3: signed with the newest key, under the `kid` that was the newest at sign-in.
  return state.keyRing.sign(claims, { alg: 'RS256', typ: 'JWT', kid: grant.kid })
}
