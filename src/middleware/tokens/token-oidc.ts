import type { Request } from 'express'
import { scopeOf } from '../../protocol/tokens/access-token-claims.ts'
import type { AccessTokenClaims } from '../../vocabulary/claims.ts'
import { OidcError } from '../../vocabulary/errors.ts'
import { returnPathOf } from '../request/return-path.ts'

type Oidc = Request['oidc']

/** What an access token says, and what can be done with it. */
interface TokenUses extends Pick<Oidc, 'getAccessToken' | 'fetch' | 'fetchUserInfo'> {
  /** Claims of a token that was accepted. */
  readonly claims: AccessTokenClaims | undefined
}

/** `req.oidc` of a request whose user is in its access token, or nowhere. No browser is there that could sign in or out. */
export class TokenOidc implements Oidc {
  readonly isAuthenticated: boolean
  readonly claims: Oidc['claims']
  readonly loginId = undefined
  readonly scope: string | undefined
  readonly baseUrl: string
  readonly loginUrl: string | undefined
  readonly getAccessToken: Oidc['getAccessToken']
  readonly fetch: Oidc['fetch']
  readonly fetchUserInfo: Oidc['fetchUserInfo']
  readonly #req: Request

  constructor(req: Request, { claims, getAccessToken, fetch, fetchUserInfo }: TokenUses) {
    const { baseUrl, loginUrl } = req.oidc
    this.isAuthenticated = claims !== undefined
    this.claims = claims
    this.scope = claims && scopeOf(claims)
    this.baseUrl = baseUrl
    this.loginUrl = loginUrl
    this.getAccessToken = getAccessToken
    this.fetch = fetch
    this.fetchUserInfo = fetchUserInfo
    this.#req = req
    Object.freeze(this)
  }

  get returnPath(): string {
    return returnPathOf(this.#req, this.baseUrl)
  }

  async login(): Promise<never> {
    throw new OidcError('ERR_OIDC_BROWSER_NEEDED')
  }

  async logout(): Promise<never> {
    throw new OidcError('ERR_OIDC_BROWSER_NEEDED')
  }
}
