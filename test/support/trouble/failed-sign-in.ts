import { type Answer, html, json, type ScriptedProvider, status } from '../scripted-provider.ts'

/** A way in which the provider makes a sign-in fail. */
export interface FailedSignIn {
  readonly wrong: string
  readonly cause: (provider: ScriptedProvider) => void
  readonly status: number
  readonly code: string
  /** What the log says about it, besides code, client and reference. `CLIENT` and `ISSUER` stand for this client and issuer. */
  readonly logged: string | RegExp
  readonly error?: string
  readonly description?: string
}

/** Ends the sign-in at the authorization endpoint with an error (RFC 6749 §4.1.2.1). */
export function endingWith(answer: Readonly<Record<string, string>>): FailedSignIn['cause'] {
  return provider =>
    provider.answer('authorize', ({ query }, response) => {
      const url = new URL(query.get('redirect_uri') ?? '')
      const own = { state: query.get('state') ?? '', iss: provider.issuer }
      url.search = new URLSearchParams({ ...answer, ...own }).toString()
      response.writeHead(303, { location: url.href }).end()
    })
}

const atToken =
  (answer: Answer): FailedSignIn['cause'] =>
  provider =>
    provider.answer('token', answer)

const challenged: Answer = (_request, response) =>
  void response
    .writeHead(401, { 'content-type': 'application/json', 'www-authenticate': 'Basic realm="op"' })
    .end('{"error":"invalid_client","error_description":"Client authentication failed."}')

const NASTY = `\u001b[31mDisk full\r\n2026-01-01 root logged in \u202e jane@example.com eyJhbGciOiJub25lIn0.e30. ${'x'.repeat(4_200)}`
/** Everything else that a provider can do wrong. */
export const wrongAnswers: readonly FailedSignIn[] = [
  {
    wrong: 'there is no ID token',
    cause: provider => {
      provider.tokenResponse = ({ id_token: _, ...body }) => body
    },
    status: 502,
    code: 'ERR_OIDC_TOKEN_RESPONSE_INVALID',
    logged: "The provider's token response cannot be used: id_token is missing.",
  },
  {
    wrong: 'the token type is unknown',
    cause: provider => {
      provider.tokenResponse = body => ({ ...body, token_type: 'mac' })
    },
    status: 502,
    code: 'ERR_OIDC_TOKEN_RESPONSE_INVALID',
    logged: 'cannot be used: token_type is "mac" instead of "Bearer".',
  },
  {
    wrong: 'the token endpoint answers with a web page',
    cause: atToken(html()),
    status: 502,
    code: 'ERR_OIDC_TOKEN_RESPONSE_INVALID',
    logged: 'cannot be used: the answer is not JSON: HTTP 200 with the Content-Type "text/html',
  },
  {
    wrong: 'the user declines',
    cause: endingWith({ error: 'access_denied', error_description: 'The user said no.' }),
    status: 403,
    code: 'ERR_OIDC_ACCESS_DENIED',
    logged: 'The sign-in was declined: access_denied, "The user said no.".',
    error: 'access_denied',
    description: 'The user said no.',
  },
  {
    wrong: 'the provider fails, with a nasty description',
    cause: endingWith({ error: 'server_error', error_description: NASTY }),
    status: 400,
    code: 'ERR_OIDC_AUTHORIZATION_FAILED',
    logged:
      /with an error: server_error, "Disk full 2026-01-01 root logged in \[redacted\] \[redacted\] \[?x*/,
    error: 'server_error',
  },
  {
    wrong: 'the code has expired',
    cause: atToken(status(400, { error: 'invalid_grant', error_description: 'The code has expired' })),
    status: 400,
    code: 'ERR_OIDC_CODE_REFUSED',
    logged: 'of this sign-in: HTTP 400, invalid_grant, "The code has expired".',
    error: 'invalid_grant',
    description: 'The code has expired',
  },
  {
    wrong: 'the credentials of the app are refused',
    cause: atToken(challenged),
    status: 503,
    code: 'ERR_OIDC_CLIENT_REFUSED',
    logged: 'It answered: invalid_client, "Client authentication failed.".',
    error: 'invalid_client',
    description: 'Client authentication failed.',
  },
  {
    wrong: 'the token endpoint fails, and says why',
    cause: atToken(status(500, { error: 'server_error', error_description: 'The disk is full.' })),
    status: 503,
    code: 'ERR_OIDC_PROVIDER_UNAVAILABLE',
    logged: 'did not give a usable answer: HTTP 500, server_error, "The disk is full.".',
    error: 'server_error',
    description: 'The disk is full.',
  },
  {
    wrong: 'UserInfo is about another user',
    cause: provider => provider.answer('userinfo', json({ sub: 'another' })),
    status: 400,
    code: 'ERR_OIDC_USER_INFO_INVALID',
    logged: 'does not belong to this sign-in: its sub is not the sub of the ID token.',
  },
]
