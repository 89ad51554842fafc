import type { Request } from 'express'
import { getOidcUserInfo } from '../../protocol/tokens/user-info.ts'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { type AccessTokenClaims, buildBearerUser } from '../../vocabulary/claims.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { publish } from '../../vocabulary/events.ts'
import { readQuery } from '../request/request-parameters.ts'
import { stateOf } from '../request/request-state.ts'
import { fetchApi } from './api-fetch.ts'
import { accessTokens } from './bearer-verifier.ts'
import { TokenOidc } from './token-oidc.ts'

/** Accepts the access tokens of requests. */
export interface Bearer {
  /** Whether a request carries one. Then its session does not count, even if the token is not valid. */
  isPresent(req: Request): boolean
  /** Verifies it, and puts its user on `req`. A failure is kept for the guards. */
  take(req: Request): Promise<void>
}

/** Whether another relying party of this app has accepted the request's access token, or this one could do no better. */
export function isTokenSettled(req: Request, hasToken: boolean): boolean {
  const { accessToken } = stateOf(req)
  return accessToken !== undefined && (accessToken.failure === undefined || !hasToken)
}

/** Makes what accepts access tokens, or `undefined` if that is off. */
export function bearer(rp: RelyingParty): Bearer | undefined {
  const { bearer: settings } = rp.settings
  if (!settings) return undefined
  const verify = accessTokens(rp, settings)
  return {
    isPresent: req => headersOf(req).some(header => /^bearer( |$)/i.test(header)),
    async take(req) {
      attachFailure(req, new OidcError('ERR_OIDC_NOT_READY')) // until it is verified, nobody is signed in
      try {
        const token = readToken(req)
        attachUser(rp, req, token, await verify(token))
      } catch (error) {
        if (!(error instanceof OidcError)) throw error
        attachFailure(req, error)
        publish('request.failed', { issuer: rp.settings.issuer, error })
        rp.settings.failures.report(error)
      }
    },
  }
}

/** Only from the header, and only one (RFC 6750 §2, RFC 9700 §4.3.2). */
function readToken(req: Request): string {
  const reject = (message: string): never => {
    throw new OidcError('ERR_OIDC_BEARER_REQUEST_INVALID', { message })
  }
  const [header = '', another] = headersOf(req)
  if (another !== undefined) reject('There is more than one Authorization header.')
  if (readQuery(req).has('access_token')) reject('There is also an access token in the query.')
  const [, token] = /^bearer +([\w.~+/-]+=*)$/i.exec(header) ?? []
  return token ?? reject('The Authorization header does not hold one access token.')
}

/** All of them: `req.headers` only has the first. */
function headersOf(req: Request): readonly string[] {
  return req.headersDistinct['authorization'] ?? []
}

function attachUser(rp: RelyingParty, req: Request, token: string, claims: AccessTokenClaims): void {
  stateOf(req).accessToken = { failure: undefined }
  req.user = Object.freeze(buildBearerUser(claims))
  req.oidc = new TokenOidc(req, {
    claims: Object.freeze(claims),
    getAccessToken: async () => token,
    fetch: (url, request) => fetchApi(rp.settings, async () => token, url, request),
    fetchUserInfo: async () => getOidcUserInfo(await rp.connect(), token, claims.sub),
  })
}

function attachFailure(req: Request, failure: OidcError): void {
  stateOf(req).accessToken = { failure }
  attachNobody(req, failure)
}

/** Puts on `req` that nobody is signed in, no matter what its session says. */
export function attachNobody(req: Request, failure: OidcError): void {
  const refuse = (): Promise<never> => Promise.reject(failure)
  req.user = undefined
  req.oidc = new TokenOidc(req, {
    claims: undefined,
    getAccessToken: refuse,
    fetch: refuse,
    fetchUserInfo: refuse,
  })
}
