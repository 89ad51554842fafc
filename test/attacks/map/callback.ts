import { type Attacks, line } from '../../support/attacks/attack.ts'

const response = 'src/protocol/sign-in/authorization-response.ts'
const callbacks = 'middleware/routes/callback/callback.test.ts'
const errors = 'middleware/routes/callback/callback-errors.test.ts'
const attempts = 'attacks/callback.slow.test.ts'
const answers = 'protocol/tokens/provider-tokens.test.ts'

/** The callback, and the answer of the token endpoint. */
export const callback: Attacks = {
  'T-40': {
    what: 'Parameters of the callback are repeated, are lists or objects, are huge, or cannot be decoded.',
    differs:
      'A state may have up to 4,096 characters: one that this app did not create is refused whatever its length.',
    proofs: [
      {
        without: [line(response, 'if (values.length > 1)', 'if (!values)')],
        fail: {
          [callbacks]: ['with code twice', 'with iss twice'],
          [attempts]: ['with session_state twice', 'with error twice'],
        },
      },
      {
        without: [line(response, 'value.length > LONGEST', '!value.length')],
        fail: { [callbacks]: ['with a code that is too long', 'with an iss that is too long'] },
      },
      {
        without: [line(response, "value.includes('\\0')", '!value')],
        fail: { [callbacks]: ['with NUL in the code'] },
      },
      {
        without: [
          line(response, "if (!response.get('code') && !response.get('error')) reject('code is missing')"),
        ],
        fail: { [attempts]: ['with the code as an object', 'with the code as a list'] },
      },
    ],
  },
  'T-41': {
    what: 'Tokens come through the browser, as in the implicit flow.',
    proofs: [
      {
        without: [line(response, "['id_token', 'access_token', 'token', 'response']", '[]')],
        fail: {
          [callbacks]: ['with an ID token', 'with an access token', 'with a token', 'with a response as JWT'],
        },
      },
    ],
  },
  'T-42': {
    what: 'The error, its description or its address is a script, or a line of a log.',
    proofs: [
      {
        without: [
          line(
            'src/middleware/pages/error-page.ts',
            "[sentence, advice[code] ?? 'Please try again.']",
            '[error.message]',
          ),
        ],
        fail: {
          [errors]: ['that is > a script'],
          [attempts]: ['whose error is > a script', 'lines of a log'],
        },
      },
    ],
  },
  'T-43': {
    what: 'An error response without a sign-in ends the login of the user who opens it.',
    proofs: [
      {
        without: [
          line(
            'src/session/browser/transactions.ts',
            "throw new OidcError('ERR_OIDC_STATE_UNKNOWN')",
            "return 'start'",
          ),
        ],
        fail: {
          [errors]: ['without a sign-in > state=made-up'],
          [attempts]: ['with an error and no sign-in leaves the user'],
        },
      },
    ],
  },
  'T-44': {
    what: 'The callback names another issuer, or none although one was promised.',
    proofs: [
      {
        without: [
          line(
            'src/middleware/routes/sign-in/callback.ts',
            "verifyResponseIssuer(connection, response.get('iss') ?? undefined)",
          ),
        ],
        fail: {
          [callbacks]: [
            'without iss though it was promised',
            'with an empty iss',
            'with the iss of another provider',
            'with a slash more in iss',
          ],
          [errors]: ['of another provider is not looked at'],
        },
      },
    ],
  },
  'T-45': {
    what: 'The token endpoint answers an error with status 200, or tokens of another type or shape.',
    proofs: [
      {
        without: [
          line(
            'src/protocol/tokens/token-response.ts',
            'if (type === wanted.toLowerCase()) return',
            'return',
          ),
        ],
        fail: { [answers]: ['with token_type DPoP'] },
      },
      {
        without: [
          line(
            'src/protocol/requests/lenient-answers.ts',
            'status: statusOfError(error), headers',
            'status: plain.status, headers',
          ),
        ],
        fail: {
          [answers]: [
            'an error with status 200',
            'a refused client with status 200',
            'trouble with status 200',
          ],
        },
      },
    ],
  },
}
