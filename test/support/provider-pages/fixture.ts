import type { JWK } from 'jose'
import type { RelyingPartyOptions } from '../../../src/index.ts'
import type { Endpoint } from '../scripted-provider/endpoints.ts'
import type { Recorded } from '../scripted-provider/exchange.ts'
import type { Answer, ScriptedProvider } from '../scripted-provider.ts'
import type { Algorithm, Signer } from './signing-keys.ts'

type Json = Readonly<Record<string, unknown>>

/** What a provider puts into an ID token that the scripted provider knows. */
interface UsualClaims {
  readonly auth_time: number
  readonly sid?: unknown
}

type Refuse = (
  request: Recorded,
  provider: ScriptedProvider,
) => undefined | Readonly<Record<string, string>> | Promise<undefined | Readonly<Record<string, string>>>

/** How a provider differs from a plain one: what it sends, and what it refuses. Its page tells users the options for it. */
export interface ProviderFixture {
  /** The name in the index of the pages, and of the tests. */
  readonly name: string
  /** The page below docs/providers, and the heading above the app that is run. */
  readonly page: string
  readonly section: string
  /** Where each of its answers was seen, with the date. */
  readonly sources: readonly string[]
  /** Default: below the issuer. */
  readonly discoveryUrl?: string
  readonly metadata: Json & { readonly issuer: string }
  /** The `iss` of ID tokens, where the document's `issuer` has a placeholder. */
  readonly issuer?: string
  /** What differs from the app of the section, where several providers share one. */
  readonly options?: Partial<RelyingPartyOptions>
  /** The environment of the app, besides `CLIENT_SECRET` and `SESSION_SECRET`. */
  readonly environment?: Readonly<Record<string, string>>
  /** What a proxy does to the headers of the app's requests. Default: nothing. */
  readonly onTheWay?: (headers: Headers) => void
  /** Whether the app of the page registers itself, without a client that was made by hand. */
  readonly registersItself?: true
  /** How clients may authenticate: `client_secret_post`, … Default: what the document lists. */
  readonly authentication?: readonly string[]
  /** More members of the client's record: `jwks`. */
  readonly client?: Json
  /** The algorithm of its ID tokens. Default RS256. */
  readonly algorithm?: Algorithm
  /** What signs its ID tokens, by the request for tokens. Default: the usual key. */
  readonly signer?: (form: URLSearchParams) => Signer
  /** A published key as this provider shows it. Default: with `kid`, `alg` and `use`. */
  readonly jwk?: (key: JWK) => object
  /** A second published key, which signs where a deviation says so. */
  readonly secondJwk?: (key: JWK) => object
  /** All claims but `iss`, `aud`, `exp`, `iat` and `nonce`, by the authorization request. */
  readonly idToken: (usual: UsualClaims, asked: URLSearchParams) => Json
  /** Encrypts its ID tokens, which are signed, for the app. Default: it does not. */
  readonly encrypt?: (idToken: string) => Promise<string>
  /** Default: it has no UserInfo. */
  readonly userInfo?: Json
  /** The parameters of a successful callback. Default: `code` and `state`. */
  readonly callback?: (usual: Readonly<Record<string, string>>, asked: URLSearchParams) => typeof usual
  readonly tokenResponse: (usual: Json, form: URLSearchParams) => Json
  /** Whether the app of the page gets refresh tokens. */
  readonly refreshes:
    | boolean
    | 'not needed, because access tokens do not expire'
    | 'yes, when an API has refused the access token'
  /** Whether a sign-in brings a refresh token, by its authorization request. Default: with `offline_access`. */
  readonly refreshToken?: (asked: URLSearchParams) => boolean
  /** Whether a refresh token can be used again and again. */
  readonly keepsRefreshToken?: boolean
  /** Throws a `Refusal` for what this provider refuses; at `authorize`, returns the error that goes back to the app. */
  readonly refuse?: { readonly [At in Endpoint]?: Refuse }
  /** The claims of its logout tokens that say whose sessions have ended. Default: it sends no logout tokens. */
  readonly logoutToken?: (user: Json) => Json
  /** Replaces what an endpoint does. */
  readonly answers?: { readonly [At in Endpoint]?: (provider: ScriptedProvider) => Answer }
  /** The page that only users with a role see, and what users have who may not see it. */
  readonly roles?: { readonly path: string; readonly without: readonly Otherwise[] }
  /** The callback of a silent sign-in for a visitor who is not signed in, where that is not `login_required`. */
  readonly silence?: 'refused' | Otherwise['callback']
  /** What other pages of the app show after a sign-in. */
  readonly pages?: Readonly<Record<string, string>>
  /** What `req.user` has after a sign-in, at least. */
  readonly user: Json
  /**
   * The options with which nobody can sign in, where the page says that it is not possible. Its section has no app then; another
   * one of the page is taken.
   */
  readonly impossible?: RelyingPartyOptions
  /** With what a provider that is impossible would sign users in: nothing else about it stands in the way. */
  readonly wouldSignIn?: Otherwise
  /** Where each of these must fail, and nobody may be signed in. */
  readonly deviations: readonly Deviation[]
  /** Sign-outs that end at an error page of the provider, and here. */
  readonly failedSignOuts?: readonly Pick<Deviation, 'name' | 'options' | 'provider'>[]
  /** Other options that the section names, for a provider that is set up otherwise. */
  readonly variants?: readonly Variant[]
  /** For the index: which options of the app are for what, besides `issuer`, `baseUrl` and `client`. */
  readonly needs: { readonly [Use in 'signIn' | 'refresh' | 'signOut' | 'roles']?: readonly string[] }
  /** For the index: where roles or groups are. */
  readonly rolesAt: string
}

/** An app with other options than the one of the page, and the provider that needs them. */
type Variant = Required<Pick<Deviation, 'name' | 'options'>> & Pick<Deviation, 'provider'>

/** Whether the app of the page sends browsers to the provider to sign out. */
export function signsOutThere({ metadata, needs }: ProviderFixture): boolean {
  return metadata['end_session_endpoint'] !== undefined || needs.signOut !== undefined
}

/** What a provider sends otherwise than the fixture says. */
export interface Otherwise {
  readonly idToken?: Json
  readonly userInfo?: Json
  readonly key?: Signer
  /** The parameters of the callback, besides `state`. */
  readonly callback?: Readonly<Record<string, string>>
}

/** With what nobody can sign in: what the provider sends, or the app does otherwise than its page says. */
export interface Deviation extends Otherwise {
  readonly name: string
  readonly options?: Partial<RelyingPartyOptions>
  /** What else the provider is or does otherwise. */
  readonly provider?: Partial<ProviderFixture>
  /** The status and code, or the status alone of a page of the provider. */
  readonly expect: readonly [status: number, code?: string]
  /** What the log must say: the provider's words, or a fix. */
  readonly said?: string
}
