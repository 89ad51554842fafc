// For WebSocket code that keeps who is signed in.
export type { AuthenticatedLogin } from './middleware/authenticate.ts'
// Combines guards.
export { allOf } from './middleware/guards/all-of.ts'
// Combines guards.
export { anyOf } from './middleware/guards/any-of.ts'
// For claims that come from a configuration.
export type { RequiredClaims } from './middleware/guards/claim-rule.ts'
// For an app's own functions that make guards.
export type { Guard } from './middleware/guards/guard.ts'
// Negates a guard.
export { not } from './middleware/guards/not.ts'
// Guards a route: by how strongly the user authenticated.
export { requireAcr } from './middleware/guards/require-acr.ts'
// Guards a route: by the methods the user authenticated with.
export { requireAmr } from './middleware/guards/require-amr.ts'
// Guards a route: by claims.
export { requireClaims } from './middleware/guards/require-claims.ts'
// Guards a route: by how long ago the user authenticated.
export { requireRecentLogin } from './middleware/guards/require-recent-login.ts'
// Guards a route: by roles, wherever the provider puts them.
export { requireRoles } from './middleware/guards/require-roles.ts'
// Guards a route: by the scopes that were granted.
export { requireScopes } from './middleware/guards/require-scopes.ts'
export {
  // For functions that `requireThat()` takes, in a module of their own.
  type Predicate,
  // Guards a route: by a function of the app.
  requireThat,
} from './middleware/guards/require-that.ts'
// Guards a route: any user.
export { requireUser } from './middleware/guards/require-user.ts'
// Guards a route: by vectors of trust.
export { requireVot } from './middleware/guards/require-vot.ts'
export {
  // Narrows `req.user` inside a handler, where `withUser()` cannot.
  assertUser,
  // For functions that take a request whose user is signed in.
  type SignedIn,
  // Gives a handler `req.user` without `undefined`.
  withUser,
} from './middleware/guards/with-user.ts'
export {
  // To hand the middleware to other modules of an app.
  type RelyingPartyMiddleware,
  // The middleware: everything starts here.
  relyingParty,
} from './middleware/relying-party.ts'
// For functions that take `req.oidc`.
export type { RequestOidc } from './middleware/request-oidc.ts'
// For functions that start sign-ins.
export type { LoginOptions } from './middleware/routes/sign-in/login.ts'
// Signs in visitors who have a session at the provider, without a page.
export { attemptSilentLogin } from './middleware/routes/sign-in/silent-login.ts'
export {
  // For a function that makes the options of `signedClientSecret()`.
  type SignedSecretOptions,
  // The client secret of providers that want a signed one.
  signedClientSecret,
} from './protocol/client-authentication/signed-client-secret.ts'
// What discovery returns.
export type { ProviderMetadata } from './protocol/metadata/provider-metadata.ts'
// The provider's seven operations, usable on their own.
export { OidcApi } from './protocol/oidc-api/oidc-api.ts'
// For a function that makes an `OidcApi`.
export type { OidcApiOptions } from './protocol/oidc-api/oidc-api-options.ts'
// For a function that returns the parameters of a sign-in.
export type { AuthorizationParameters } from './protocol/sign-in/authorization-parameters.ts'
// For a function that returns the parameters of sign-outs.
export type { LogoutParameters } from './protocol/sign-in/logout-parameters.ts'
export type {
  // For hooks in a module of their own.
  ClaimsElsewhere,
  // For an app's own answer to a request that a guard refused.
  GuardAnswer,
  // For answers that several guards share.
  GuardAnswers,
  // For the hooks `acceptLogin`, `onLogin` and `onLogout` in a module of their own.
  LoginDetails,
  // For a confirmation page in a module of its own.
  LogoutConfirmation,
} from './relying-party/options/hooks.ts'
// For a config module that the app and the command line share.
export type { RelyingPartyOptions } from './relying-party/options/options.ts'
// For a health endpoint in a module of its own.
export type { RelyingPartyStatus } from './relying-party/status.ts'
// For a page that lists a user's sessions.
export type { UserSession } from './session/logout/session-directory.ts'
// For a monitor that reads the report for operators.
export type { StatusReport } from './session/status-report.ts'
// A store in a folder, for one process.
export { embeddedStore } from './stores/embedded-store.ts'
// A store for tests, and for one process that may forget its client.
export { memoryStore } from './stores/memory-store.ts'
// Encrypts what another store keeps.
export { sealedStore } from './stores/sealed-store.ts'
export type {
  // What the `set` of such a store takes.
  SetOptions,
  // To write a store for another database.
  Store,
  // What such a store returns.
  StoredValue,
} from './stores/store.ts'
// A failure of `OidcApi`, with what the provider said.
export { OidcApiError } from './vocabulary/api-error.ts'
export type {
  // For functions that take `req.oidc.claims`.
  IdTokenClaims,
  // To declare an app's own claims on `Express.User`.
  UserClaims,
} from './vocabulary/claims.ts'
export {
  // Every failure, to tell it from others with `instanceof`.
  OidcError,
  // The closed list of codes, for a `switch`.
  type OidcErrorCode,
} from './vocabulary/errors.ts'
// The events on `node:diagnostics_channel`, to type their subscribers.
export type { OidcEvents } from './vocabulary/events.ts'
export type {
  // What the provider granted, to be kept by the app.
  ClientInformation,
  // What is asked for at a registration.
  ClientMetadata,
  // The client model of Ory's SDK.
  OAuth2Client,
  // For the option `metadata` in a module of its own.
  RequestedMetadata,
} from './vocabulary/oauth2-client.ts'
// The operations on `node:diagnostics_channel`, to type the subscribers of their tracing channels.
export type { OidcOperation, OidcOperations } from './vocabulary/operations.ts'
