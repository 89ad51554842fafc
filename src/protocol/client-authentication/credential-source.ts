import type { JWTPayload } from 'jose'
import { decodeJwt } from 'jose/jwt/decode'
import { inTime } from '../../vocabulary/deadline.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { singleFlight } from '../../vocabulary/single-flight.ts'

/** Returns a credential of the client, such as one from a vault. */
export type MakeCredential<Details extends readonly unknown[] = []> = (
  ...details: Details
) => string | Promise<string>

/** A credential that a function of the app provides. */
export interface CredentialSource {
  /** @throws {@link OidcError} `ERR_OIDC_CREDENTIAL_UNAVAILABLE` */
  get(): Promise<string>
  /**
   * Asks for it again, because the provider has refused the client.
   *
   * @returns Whether there is another one to try.
   */
  renew(): Promise<boolean>
  /** The credentials that were made last, the newest first: a request that was sent with the one before may still be under way. */
  newest(): readonly string[]
}

/** Milliseconds that the function may take, and after which it is asked again for a credential that does not say when it expires. */
const DEADLINE = 5_000
const OPAQUE_FOR = 300_000
/** Milliseconds before `exp` from which a JWT is no longer sent. */
const MARGIN = 30_000
/** Milliseconds in which requests that were refused together count as one. */
const TOGETHER = 5_000
/** Credentials that are known after others have taken their place. */
const MOST_KNOWN = 10

/**
 * Keeps what a function of the app returns: a JWT until it expires, anything else for five minutes. Concurrent requests share
 * one call.
 *
 * @param name - What the function is called in the options, for errors.
 * @param isOnce - Says of a JWT that it may be sent only once.
 */
export function credentialSource(
  make: () => unknown,
  name: string,
  isOnce: (claims: JWTPayload) => boolean = () => false,
): CredentialSource {
  const flight = singleFlight<string>()
  let kept: { readonly value: string; readonly until: number } | undefined
  let renewedAt = Number.NEGATIVE_INFINITY
  let newest: readonly string[] = []

  async function ask(): Promise<string> {
    const value = await inTime(Promise.resolve().then(make), DEADLINE).catch(cause => {
      throw unavailable(`${name}() failed`, cause)
    })
    if (typeof value !== 'string' || value === '') throw unavailable(`${name}() did not return a text`)
    const claims = claimsOf(value)
    const expiresAt = typeof claims?.exp === 'number' ? claims.exp * 1_000 : undefined
    if (expiresAt !== undefined && expiresAt <= Date.now())
      throw unavailable(`${name}() returned a JWT that has expired`)
    const lifetime = expiresAt === undefined ? OPAQUE_FOR : expiresAt - MARGIN - Date.now()
    newest = [value, ...newest.filter(known => known !== value)].slice(0, MOST_KNOWN)
    kept = { value, until: claims && isOnce(claims) ? 0 : performance.now() + lifetime }
    return value
  }

  async function get(): Promise<string> {
    if (kept && performance.now() < kept.until) return kept.value
    return kept?.until === 0 ? ask() : flight.run(name, ask)
  }

  return {
    get,
    async renew() {
      if (performance.now() - renewedAt < TOGETHER) return true
      const refused = kept
      if (refused?.until === 0) return false // the refused one was new
      if (kept === refused) kept = undefined
      const isOther = (await get()) !== refused?.value
      if (isOther) renewedAt = performance.now()
      return isOther
    },
    newest: () => newest,
  }
}

/** The claims of a JWT, which is sent and not trusted; `undefined` for any other credential. */
function claimsOf(credential: string): JWTPayload | undefined {
  try {
    return decodeJwt(credential)
  } catch {
    return undefined
  }
}

function unavailable(problem: string, cause?: unknown): OidcError {
  return new OidcError('ERR_OIDC_CREDENTIAL_UNAVAILABLE', {
    message: `This app has no credential to send to the OpenID Provider: ${problem}.`,
    cause,
  })
}
