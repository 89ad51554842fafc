export type { AuthenticatedLogin, AuthenticateOptions } from './middleware/authenticate.ts'
export { allOf } from './middleware/guards/all-of.ts'
export { anyOf } from './middleware/guards/any-of.ts'
export type { RequiredClaim, RequiredClaims } from './middleware/guards/claim-rule.ts'
export type { GuardsAndAnswers } from './middleware/guards/combined.ts'
export type { Decision } from './middleware/guards/decision.ts'
export type { Guard } from './middleware/guards/guard.ts'
export { not } from './middleware/guards/not.ts'
export { requireAcr } from './middleware/guards/require-acr.ts'
export { type RequireAmrOptions, requireAmr } from './middleware/guards/require-amr.ts'
export { type RequireClaimsOptions, requireClaims } from './middleware/guards/require-claims.ts'
export { type Recency, requireRecentLogin } from './middleware/guards/require-recent-login.ts'
export { type RequireRolesOptions, requireRoles } from './middleware/guards/require-roles.ts'
export { requireScopes } from './middleware/guards/require-scopes.ts'
export { type Predicate, requireThat } from './middleware/guards/require-that.ts'
export { requireUser } from './middleware/guards/require-user.ts'
export { assertUser, type SignedIn, withUser } from './middleware/guards/with-user.ts'
export { type RelyingPartyMiddleware, relyingParty } from './middleware/relying-party.ts'
export type { RequestOidc } from './middleware/request-oidc.ts'
export type { LoginOptions } from './middleware/routes/login.ts'
export type { LogoutOptions } from './middleware/routes/logout.ts'
export type { RouteHandlers } from './middleware/routes/routes.ts'
export { attemptSilentLogin } from './middleware/routes/silent-login.ts'
export type { ApiRequest } from './middleware/tokens/api-fetch.ts'
export { OidcApi } from './protocol/oidc-api/oidc-api.ts'
export type { OidcApiOptions } from './protocol/oidc-api/oidc-api-options.ts'
export type { ProviderMetadata } from './protocol/provider/provider-metadata.ts'
export type { ManagementAuthentication } from './protocol/registration/client-management.ts'
export type { EndSessionRequest, RevokeSessionRequest } from './protocol/sign-in/end-session.ts'
export type { StepUp } from './protocol/sign-in/step-up.ts'
export type { RotationWay } from './relying-party/client/rotate-credentials.ts'
export type {
  AnswerHooks,
  GuardAnswer,
  GuardAnswers,
  LoginDetails,
  LoginHooks,
  LogoutConfirmation,
} from './relying-party/options/hooks.ts'
export type {
  BearerOptions,
  CommonOptions,
  RegistrationOptions,
  RelyingPartyOptions,
  RoutePaths,
  SessionStore,
  StaticClient,
  StaticClientOptions,
} from './relying-party/options/options.ts'
export type { RelyingPartyStatus } from './relying-party/status.ts'
export type { SessionDirectory, UserSession } from './session/logout/session-directory.ts'
export type { AccessTokenOptions } from './session/tokens/access-token-request.ts'
export { embeddedStore } from './stores/embedded-store.ts'
export { memoryStore } from './stores/memory-store.ts'
export { type SealedStoreOptions, sealedStore } from './stores/sealed-store.ts'
export type { SetOptions, Store, StoredValue } from './stores/store.ts'
export {
  type BearerChallenge,
  OidcApiError,
  type OidcApiErrorDetails,
  type OidcOperation,
} from './vocabulary/api-error.ts'
export type { AccessTokenClaims, AddressClaim, IdTokenClaims, UserClaims } from './vocabulary/claims.ts'
export { OidcError, type OidcErrorCode, type OidcErrorDetails } from './vocabulary/errors.ts'
export type { OidcEvents } from './vocabulary/events.ts'
export type {
  ClientAuthenticationMethod,
  ClientInformation,
  ClientMetadata,
  JsonWebKey,
  OAuth2Client,
} from './vocabulary/oauth2-client.ts'
export type { GoDuration, TokenLifespans } from './vocabulary/token-lifespans.ts'
