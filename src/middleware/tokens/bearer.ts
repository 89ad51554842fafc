import type { Request, Response } from 'express'
import type { TokenScheme } from '../../protocol/sign-in/challenge.ts'
import { type Binding, bindingOf, refusal } from '../../protocol/tokens/access-token-claims.ts'
import { getOidcUserInfo } from '../../protocol/tokens/user-info.ts'
import type { RelyingParty } from '../../relying-party/relying-party.ts'
import { type AccessTokenClaims, buildBearerUser } from '../../vocabulary/claims.ts'
import { withoutSources } from '../../vocabulary/distributed-claims.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { publish } from '../../vocabulary/events.ts'
import { readQuery } from '../request/request-parameters.ts'
import { stateOf } from '../request/request-state.ts'
import { fetchApi } from './api-fetch.ts'
import { accessTokens } from './bearer-verifier.ts'
import { verifyCertificate } from './client-certificate.ts'
import { proofCheck } from './proof-check.ts'
import { TokenOidc } from './token-oidc.ts'

/** Accepts the access tokens of requests. */
export interface Bearer {
  /** Whether a request carries one. Then its session does not count, even if the token is not valid. */
  isPresent(req: Request): boolean
  /** Verifies it, and puts its user on `req`. A failure is kept for the guards. */
  take(req: Request, res: Response): Promise<void>
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
  const checkProof = proofCheck(rp)
  const rules = { isBindingRequired: rp.settings.profile !== undefined }
  return {
    isPresent: req => headersOf(req).some(header => /^(bearer|dpop)( |$)/i.test(header)),
    async take(req, res) {
      const scheme = schemeOf(req)
      attachFailure(req, scheme, new OidcError('ERR_OIDC_NOT_READY')) // until it is verified, nobody is signed in
      try {
        const accessToken = readToken(req)
        const claims = await verify(accessToken)
        const binding = verifyScheme(scheme, bindingOf(claims), rules)
        if (binding?.to === 'key') await checkProof(req, res, { accessToken, jkt: binding.thumbprint })
        if (binding?.to === 'certificate') verifyCertificate(req, settings, binding.thumbprint)
        attachUser(rp, req, { accessToken, scheme, claims, binding })
      } catch (error) {
        if (!(error instanceof OidcError)) throw error
        attachFailure(req, scheme, error)
        if (error.code === 'ERR_OIDC_DPOP_NONCE_REQUIRED') return // the first request of each caller
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
  const [, token] = /^(?:bearer|dpop) +([\w.~+/-]+=*)$/i.exec(header) ?? []
  return token ?? reject('The Authorization header does not hold one access token.')
}

function schemeOf(req: Request): TokenScheme {
  return headersOf(req).some(header => /^dpop /i.test(header)) ? 'DPoP' : 'Bearer'
}

/** A token that is bound to a key counts only with a proof, and a proof only with such a token (RFC 9449 §7.1, §7.2). */
function verifyScheme(
  scheme: TokenScheme,
  binding: Binding | undefined,
  { isBindingRequired }: { readonly isBindingRequired: boolean },
): Binding | undefined {
  const isProven = scheme === 'DPoP'
  if (isProven && binding?.to !== 'key') throw refusal('it is not bound to a key')
  if (!isProven && binding?.to === 'key') throw refusal('it is bound to a key, so it is not a bearer token')
  if (!binding && isBindingRequired)
    throw refusal('it is bound to neither a key nor a certificate, and options.profile accepts no other')
  return binding
}

/** All of them: `req.headers` only has the first. */
function headersOf(req: Request): readonly string[] {
  return req.headersDistinct['authorization'] ?? []
}

/** An access token that was accepted. */
interface AcceptedToken {
  readonly accessToken: string
  readonly scheme: TokenScheme
  readonly claims: AccessTokenClaims
  readonly binding: Binding | undefined
}

type UsingParty = Pick<RelyingParty, 'settings' | 'connect' | 'proofKeys'>

function attachUser(rp: UsingParty, req: Request, token: AcceptedToken): void {
  const { accessToken, scheme, claims, binding } = token
  stateOf(req).accessToken = { scheme, failure: undefined }
  req.user = Object.freeze(buildBearerUser(claims))
  req.oidc = new TokenOidc(req, {
    claims: Object.freeze(withoutSources(claims)),
    getAccessToken: async () => accessToken,
    ...(binding ? { fetch: refuseSending, fetchUserInfo: refuseSending } : usesOf(rp, token)),
  })
}

function usesOf(
  rp: UsingParty,
  { accessToken, claims }: AcceptedToken,
): Pick<Request['oidc'], 'fetch' | 'fetchUserInfo'> {
  const held = { accessToken }
  return {
    fetch: (url, request) => fetchApi(rp, async () => held, url, request),
    async fetchUserInfo() {
      const connection = { ...(await rp.connect()), userInfoAlgorithm: undefined } // the token is another client's
      return withoutSources(await getOidcUserInfo(connection, held, claims.sub))
    },
  }
}

/** Only the caller has the key or the certificate that the token is bound to. */
async function refuseSending(): Promise<never> {
  throw new OidcError('ERR_OIDC_ACCESS_TOKEN_REFUSED', {
    message:
      'The access token of this request is bound to a key or a certificate of the caller, so this app cannot send it to another API. Let the provider exchange it for a token of this app (RFC 8693).',
  })
}

function attachFailure(req: Request, scheme: TokenScheme, failure: OidcError): void {
  stateOf(req).accessToken = { scheme, failure }
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
