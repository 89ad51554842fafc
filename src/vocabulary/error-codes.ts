/**
 * Every error code of this library, with its HTTP status, its sentence for visitors and, if operators need another one, theirs.
 * What a browser or the provider sent wrong is 4xx; what this app or the provider's server failed at is 5xx.
 * `docs/errors.md` has a section for each: cause, fix, specification.
 */
const failures = {
  ERR_OIDC_INVALID_OPTION: [500, 'This site is not set up correctly.', 'An option is not valid.'],
  ERR_OIDC_SESSION_MISSING: [
    500,
    'This site is not set up for signing in.',
    'There is no session on this request: mount express-session before relyingParty().',
  ],
  ERR_OIDC_SESSION_UNAVAILABLE: [
    503,
    'This site cannot reach its sessions at the moment.',
    'The session store could not be used.',
  ],
  ERR_OIDC_SESSION_NOT_RETURNED: [
    500,
    'The session of this site does not come back from your browser, so your sign-in would be lost.',
    'The session of this sign-in does not come back.',
  ],
  ERR_OIDC_STORE_UNAVAILABLE: [
    503,
    'This site cannot reach its records of sign-ins at the moment.',
    'The store for client records and logins could not be used.',
  ],
  ERR_OIDC_STORE_NOT_SHARED: [
    500,
    'This site is not set up for several servers.',
    'The sessions of this app are kept longer than its records of logins.',
  ],
  ERR_OIDC_STORE_CORRUPT: [
    503,
    'A record of this site cannot be read.',
    'A record in the store cannot be read.',
  ],
  ERR_OIDC_MIDDLEWARE_MISSING: [
    500,
    'This site is not set up for signing in.',
    'A guard ran without relyingParty() mounted in front of it.',
  ],
  ERR_OIDC_PROVIDER_UNAVAILABLE: [503, 'The sign-in service cannot be reached.'],
  ERR_OIDC_CLOCKS_DIFFER: [503, 'The clocks of this app and of the sign-in service differ too much.'],
  ERR_OIDC_DISCOVERY_INVALID: [
    503,
    'The sign-in service cannot be used by this site.',
    "The OpenID Provider's configuration cannot be used.",
  ],
  ERR_OIDC_REGISTRATION_FAILED: [
    503,
    'This site could not be registered at the sign-in service.',
    'This app could not be registered at the OpenID Provider.',
  ],
  ERR_OIDC_REGISTRATION_REFUSED: [
    503,
    'The sign-in service refused to register this site.',
    'The OpenID Provider refused to register this app.',
  ],
  ERR_OIDC_CLIENT_METADATA_INVALID: [
    500,
    'This site is not set up correctly.',
    'The metadata of this client is not valid.',
  ],
  ERR_OIDC_CLIENT_UNMANAGEABLE: [
    503,
    'The registration of this site can only be changed by an administrator.',
    'The registration of this app can only be changed by an administrator.',
  ],
  ERR_OIDC_RATE_LIMITED: [
    503,
    'The sign-in service received too many requests.',
    'The OpenID Provider received too many requests.',
  ],
  ERR_OIDC_ANSWER_INVALID: [
    502,
    "The sign-in service's answer cannot be used.",
    "The OpenID Provider's answer cannot be used.",
  ],
  ERR_OIDC_NOT_READY: [
    503,
    'The connection to the sign-in service is not ready yet.',
    'The connection to the OpenID Provider is not ready yet.',
  ],
  ERR_OIDC_METHOD_NOT_ALLOWED: [405, 'This address does not accept that HTTP method.'],
  ERR_OIDC_BODY_INVALID: [400, 'The submitted form cannot be read.'],
  ERR_OIDC_INITIATION_INVALID: [400, "This sign-in was not requested by this app's sign-in service."],
  ERR_OIDC_ORIGIN_REFUSED: [403, 'This request came from another site.'],
  ERR_OIDC_CALLBACK_INVALID: [400, 'The sign-in response is incomplete or invalid.'],
  ERR_OIDC_STATE_UNKNOWN: [400, 'This sign-in was not started in this browser.'],
  ERR_OIDC_TRANSACTION_LOST: [400, 'This sign-in was started too long ago, or its cookie is gone.'],
  ERR_OIDC_TRANSACTION_USED: [400, 'This sign-in has already been completed.'],
  ERR_OIDC_ISSUER_MISMATCH: [
    400,
    'The sign-in response came from a different sign-in service.',
    'The sign-in response came from a different provider.',
  ],
  ERR_OIDC_ACCESS_DENIED: [403, 'The sign-in was declined.'],
  ERR_OIDC_AUTHORIZATION_FAILED: [
    400,
    'The sign-in service ended the sign-in with an error.',
    'The provider ended the sign-in with an error.',
  ],
  ERR_OIDC_CODE_REFUSED: [
    400,
    'The sign-in service did not accept this sign-in.',
    'The provider did not accept the authorization code of this sign-in.',
  ],
  ERR_OIDC_REFRESH_REFUSED: [
    502,
    'The sign-in service did not renew your access.',
    'The provider did not renew the access token.',
  ],
  ERR_OIDC_CLIENT_REFUSED: [
    503,
    'The sign-in service does not accept this site.',
    "The provider refused this app's own credentials.",
  ],
  ERR_OIDC_CREDENTIAL_UNAVAILABLE: [
    503,
    'This site cannot reach the sign-in service at the moment.',
    'This app could not get its own credentials.',
  ],
  ERR_OIDC_TOKEN_RESPONSE_INVALID: [
    502,
    "The sign-in service's answer cannot be used.",
    "The provider's token response cannot be used.",
  ],
  ERR_OIDC_ID_TOKEN_INVALID: [
    400,
    'The sign-in service sent an answer that is not valid.',
    "The provider's ID token is not valid.",
  ],
  ERR_OIDC_USER_INFO_INVALID: [
    400,
    'What the sign-in service says about you does not belong to this sign-in.',
    "The provider's UserInfo does not belong to this sign-in.",
  ],
  ERR_OIDC_USER_INFO_UNAVAILABLE: [
    502,
    'What the sign-in service says about you cannot be read.',
    "The provider's UserInfo cannot be read.",
  ],
  ERR_OIDC_ACCESS_TOKEN_REFUSED: [
    502,
    'The sign-in service did not accept your access token.',
    'The OpenID Provider did not accept the access token.',
  ],
  ERR_OIDC_LOGIN_REFUSED: [403, 'You may not sign in to this app.'],
  ERR_OIDC_LOGIN_UNDECIDED: [500, 'This app could not decide whether you may sign in.'],
  ERR_OIDC_ORIGIN_NOT_ALLOWED: [500, 'The access token must not be sent to that address.'],
  ERR_OIDC_LOGIN_CUT_SHORT: [
    400,
    'The sign-in service ended this sign-in before it was complete.',
    'The provider ended this sign-in before it was complete.',
  ],
  ERR_OIDC_LOGOUT_TOKEN_INVALID: [400, 'The logout token is not valid.'],
  ERR_OIDC_LOGOUT_INVALID: [400, "This sign-out was not requested by this app's sign-in service."],
  ERR_OIDC_OVERLOADED: [429, 'Too many requests arrived at once. Try again in a moment.'],
  ERR_OIDC_UNAUTHENTICATED: [401, 'Sign in first.'],
  ERR_OIDC_BEARER_REQUEST_INVALID: [400, 'The access token was not sent correctly.'],
  ERR_OIDC_BEARER_TOKEN_INVALID: [401, 'The access token is not valid.'],
  ERR_OIDC_DPOP_PROOF_INVALID: [401, 'The DPoP proof of the access token is not valid.'],
  ERR_OIDC_DPOP_NONCE_REQUIRED: [401, 'Repeat the request with the nonce of this answer in the proof.'],
  ERR_OIDC_BROWSER_NEEDED: [400, 'This requires a sign-in in a browser; an access token is not enough.'],
  ERR_OIDC_LOGIN_ENDED: [401, 'This sign-in has ended. Sign in again.'],
  ERR_OIDC_FORBIDDEN: [403, 'You are signed in, but you may not do this.'],
  ERR_OIDC_STEP_UP_REQUIRED: [401, 'Sign in again: this requires a stronger or more recent sign-in.'],
  ERR_OIDC_STEP_UP_FAILED: [403, 'The sign-in was not strong or recent enough for this.'],
  ERR_OIDC_LOGOUT_INCOMPLETE: [503, 'This browser is signed out, but the sign-out could not be finished.'],
  ERR_OIDC_TESTING_UNAVAILABLE: [500, 'The testing kit cannot be used here.'],
} as const satisfies Record<
  `ERR_OIDC_${string}`,
  readonly [status: number, sentence: string, operators?: string]
>

/** The closed list of codes that an {@link OidcError} can have. */
export type OidcErrorCode = keyof typeof failures

/** Every {@link OidcErrorCode}, in the order of the documentation. */
export const oidcErrorCodes: readonly OidcErrorCode[] = Object.freeze(
  Object.keys(failures) as OidcErrorCode[],
)

/** The HTTP status of a code. */
export function statusOfCode(code: OidcErrorCode): number {
  return failures[code][0]
}

/** The fixed sentence of a code that any visitor may read. */
export function publicSentenceOf(code: OidcErrorCode): string {
  return failures[code][1]
}

/** The fixed sentence of a code for operators, with the reason where it is known. */
export function sentenceOf(code: OidcErrorCode, reason?: string): string {
  const [, visitors, operators = visitors]: readonly [number, string, string?] = failures[code]
  return reason === undefined ? operators : `${operators.replace(/\.$/, '')}: ${reason.replace(/\.$/, '')}.`
}
