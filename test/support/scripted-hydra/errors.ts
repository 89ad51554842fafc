/** An error as Hydra words it, thrown by an endpoint and sent by the router. */
export class HydraError extends Error {
  readonly status: number
  readonly error: string

  constructor(status: number, error: string, description: string) {
    // Hydra facts §1.0: double quotes become single ones.
    super(description.replaceAll('"', "'"))
    this.status = status
    this.error = error
  }

  /** Hydra facts §1.0: always exactly two members. */
  get body(): { readonly error: string; readonly error_description: string } {
    return { error: this.error, error_description: this.message }
  }
}

const CHECK_CREDENTIALS = 'Check that you provided valid credentials in the right format.'
const CHECK_PARAMETERS =
  'Make sure that the various parameters are correct, be aware of case sensitivity and trim your parameters. Make sure that the client you are using has exactly whitelisted the redirect_uri you specified.'

/** Hydra facts §1.0 (a): status, description and, where there is one, the hint that is said when no other is. */
const PROTOCOL_ERRORS = {
  invalid_request: [
    400,
    'The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed.',
    CHECK_PARAMETERS,
  ],
  invalid_client: [
    401,
    'Client authentication failed (e.g., unknown client, no client authentication included, or unsupported authentication method).',
  ],
  invalid_grant: [
    400,
    'The provided authorization grant (e.g., authorization code, resource owner credentials) or refresh token is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.',
  ],
  invalid_scope: [400, 'The requested scope is invalid, unknown, or malformed.'],
  invalid_state: [
    400,
    'The state is missing or does not have enough characters and is therefore considered too weak.',
  ],
  insufficient_entropy: [
    400,
    'The request used a security parameter (e.g., anti-replay, anti-csrf) with insufficient entropy.',
  ],
  unauthorized_client: [
    400,
    'The client is not authorized to request a token using this method.',
    'Make sure that client id and secret are correctly specified and that the client exists.',
  ],
  unsupported_response_type: [
    400,
    'The authorization server does not support obtaining a token using this method.',
  ],
  unsupported_response_mode: [
    400,
    'The authorization server does not support obtaining a response using this response mode.',
  ],
  login_required: [400, 'The Authorization Server requires End-User authentication.'],
  jti_known: [400, 'The jti was already used.'],
  request_forbidden: [403, 'The request is not allowed.', 'You are not allowed to perform this action.'],
  request_unauthorized: [401, 'The request could not be authorized.', CHECK_CREDENTIALS],
  invalid_client_metadata: [
    400,
    "The value of one of the Client Metadata fields is invalid and the server has rejected this request. Note that an Authorization Server MAY choose to substitute a valid value for any requested parameter of a Client's Metadata.",
  ],
  invalid_redirect_uri: [400, 'The value of one or more redirect_uris is invalid.'],
} as const satisfies Record<string, readonly [number, string, string?]>

/** An error of the OAuth library inside Hydra: a real code, and a description that a hint is added to. */
export function protocolError(code: keyof typeof PROTOCOL_ERRORS, hint?: string): HydraError {
  const [status, description, usualHint]: readonly [number, string, string?] = PROTOCOL_ERRORS[code]
  return new HydraError(status, code, [description, hint ?? usualHint].filter(Boolean).join(' '))
}

/** Hydra facts §1.0 (b): where the code should be, there is an English sentence. */
const SENTENCES = {
  400: 'The request was malformed or contained invalid parameters',
  401: 'The request could not be authorized',
  403: 'The requested action was forbidden',
  404: 'The requested resource could not be found',
} as const

/** An error of the HTTP library inside Hydra. */
export function sentenceError(status: keyof typeof SENTENCES, reason: string): HydraError {
  return new HydraError(status, SENTENCES[status], reason)
}

/** Hydra facts §1.0 and §3.2: what Hydra says when it does not know its own error. */
export function unrecognizable(status = 500): HydraError {
  return new HydraError(status, 'error', 'The error is unrecognizable')
}
