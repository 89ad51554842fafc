import type { TrustedAudiences } from '../../protocol/metadata/trusted-audiences.ts'
import type { ResponseMode } from '../../protocol/sign-in/authorization.ts'
import type { AuthorizationParameters } from '../../protocol/sign-in/authorization-parameters.ts'
import type { Profile } from '../../vocabulary/profile.ts'
import type { AuthorizationParametersFunction } from './hooks.ts'

/** When UserInfo is fetched, and whether a sign-in needs it. */
interface UserInfoOptions {
  /**
   * `at-login` (default): at each sign-in. `lazily`: when the app calls `req.oidc.fetchUserInfo()`. `{ every: 600 }`: at each
   * sign-in, and again once it is older than this number of seconds.
   */
  readonly when?: 'at-login' | 'lazily' | { readonly every: number }
  /**
   * `true` (default): no user is signed in, or stays signed in, without UserInfo. `false`: the claims that are there stay, and it
   * is fetched again later. UserInfo of another user is always refused.
   */
  readonly required?: boolean
}

/** Options about what a sign-in asks the provider for, and what it accepts. */
export interface SignInOptions {
  /**
   * Holds the app and the provider to the rules of FAPI 2.0: `fapi2` for its Security Profile, `fapi2-message-signing` for signed requests
   * and responses as well. An option or a provider that contradicts them is refused at the start. Default none.
   *
   * @see FAPI 2.0 Security Profile
   */
  readonly profile?: Profile
  /**
   * Additional parameters for every authorization request, such as `{ ui_locales: 'de' }`, or a function that gets the request that
   * starts a sign-in and returns its parameters, or a promise of them: `req => ({ organization: tenants.get(req.hostname) })`. Nothing
   * of a request reaches the provider unless this function passes it on.
   *
   * @see OpenID Connect Core 1.0 §3.1.2.1
   */
  readonly authorizationParameters?: AuthorizationParameters | AuthorizationParametersFunction
  /**
   * Additional parameters for every request to the token endpoint, when a code is exchanged and when tokens are refreshed, such as
   * `id_token_key_type` or `audience`. Default none.
   */
  readonly tokenEndpointParameters?: Readonly<Record<string, string | undefined>>
  /**
   * `query` (default), or `form_post`, which keeps the code out of URLs (OAuth 2.0 Form Post Response Mode). With `jwt` or
   * `form_post.jwt`, the response is a JWT that the provider signs, and any other is refused (JARM).
   */
  readonly responseMode?: ResponseMode
  /**
   * Fields of the provider's response to a sign-in that `acceptLogin` and `onLogin` get as `unsignedFields`, such as `user` of Apple.
   * At most 10, each of up to 2,048 bytes. Default none.
   */
  readonly callbackFields?: readonly string[]
  /**
   * Sends the parameters of a sign-in directly to the provider, so that the browser's URL holds only a reference (RFC 9126).
   * Default: only where the provider requires it.
   */
  readonly pushedAuthorizationRequests?: boolean
  /**
   * Other audiences that ID tokens and logout tokens may name beside this app's client: their names, or a function that returns
   * `true` for such a name. Default none: a token with one more audience is refused.
   *
   * @see OpenID Connect Core 1.0 §3.1.3.7-3
   */
  readonly trustedAudiences?: TrustedAudiences
  /**
   * How UserInfo is merged into `req.user`. Default: at each sign-in, which fails without it.
   *
   * @see OpenID Connect Core 1.0 §5.3
   */
  readonly userInfo?: UserInfoOptions
}
