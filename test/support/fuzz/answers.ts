import fc from 'fast-check'
import type { Answer } from '../scripted-provider.ts'
import { anyJson, anyText } from './values.ts'

/** An answer of a provider with anything in it. */
export interface AnyAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What a header can hold (RFC 9110 §5.5). */
const headerText = anyText.map(text => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '?').slice(0, 4_000))

const challenges = fc.constantFrom(
  'Bearer',
  'Bearer error="invalid_token", error_description="\u009b31m"',
  'Bearer realm="a", error="insufficient_scope", scope="a b"',
  'Basic realm="a", Bearer error=invalid_token',
  'DPoP algs="ES256", error="use_dpop_nonce"',
  'Bearer error="unterminated',
  '=,=,=',
  'Negotiate abc==',
)
const times = fc.constantFrom(
  '0',
  '-1',
  '1e9',
  '20',
  'soon',
  'Wed, 21 Oct 2099 07:28:00 GMT',
  '99999999999999999999',
)
const types = fc.constantFrom(
  'application/json',
  'application/json; charset=utf-7',
  'application/problem+json',
  'application/jwt',
  'application/jwk-set+json',
  'text/html',
  'text/plain',
  'application/jsonp',
  'image/svg+xml',
)

const headers = fc.record(
  {
    'content-type': fc.oneof({ weight: 4, arbitrary: types }, headerText),
    'www-authenticate': fc.oneof(challenges, headerText),
    'retry-after': fc.oneof(times, headerText),
    date: fc.oneof(times, headerText),
    age: fc.oneof(times, headerText),
    location: headerText,
    'set-cookie': headerText,
    'content-encoding': fc.constantFrom('identity', 'x-unknown'),
  },
  { requiredKeys: ['content-type'] },
)

const errors = fc.oneof(
  fc.constantFrom(
    'invalid_grant',
    'invalid_client',
    'invalid_request',
    'server_error',
    'temporarily_unavailable',
  ),
  fc.constantFrom(
    'access_denied',
    'invalid_token',
    'use_dpop_nonce',
    'request_forbidden',
    'invalid_client_metadata',
  ),
  anyJson,
)

export const anyAnswer: fc.Arbitrary<AnyAnswer> = fc.record({
  status: fc.constantFrom(
    200,
    200,
    201,
    204,
    206,
    302,
    304,
    400,
    400,
    401,
    401,
    403,
    404,
    405,
    410,
    429,
    500,
    502,
    503,
    599,
  ),
  headers,
  body: fc.oneof(
    fc
      .record(
        { error: errors, error_description: anyJson, error_uri: anyJson, message: anyJson },
        { requiredKeys: [] },
      )
      .map(value => JSON.stringify(value)),
    anyJson.map(value => JSON.stringify(value)),
    anyText,
  ),
})

/** Sends such an answer. */
export function sendAny({ status, headers: given, body }: AnyAnswer): Answer {
  return (_request, response) => {
    response.writeHead(status, given)
    response.end(status === 204 || status === 304 ? undefined : body)
  }
}
