import { type Attacks, line } from '../../support/attacks/attack.ts'

const words = 'src/vocabulary/clean-words.ts'
const errorsFile = 'src/vocabulary/errors.ts'

/** Errors, logs and answers. */
export const errors: Attacks = {
  'T-130': {
    what: 'Line ends and commands for a terminal in what a stranger or a provider sends forge lines of the log.',
    proofs: [
      {
        without: [
          line(
            words,
            "    .replace(escapeSequences, ' ')\n    .replace(invisible, ' ')\n  return line",
            '\n  return line',
          ),
        ],
        fail: {
          'vocabulary/clean-words.test.ts': [
            'is what the log gets, whatever is said',
            'is what every error and every cause says',
          ],
          'relying-party/options/failure-log.test.ts': ['stays on one line, without commands for a terminal'],
        },
      },
    ],
  },
  'T-131': {
    what: 'Secrets get into the log, into errors or into events.',
    proofs: [
      {
        without: [line(errorsFile, '{ cause: bareCause(cause) }', '{ cause }')],
        fail: {
          'middleware/secrets.test.ts': [
            'by the error of > a token response that is no JSON',
            'by the error of > an ID token with a wrong nonce',
          ],
        },
      },
      {
        without: [line(words, ".replace(secretShapes, '[redacted]')")],
        fail: { 'vocabulary/clean-words.test.ts': ['a JWT', 'a code of Ory', 'an e-mail address'] },
      },
    ],
  },
  'T-132': {
    what: 'The answer to a failed request tells a stranger what failed inside.',
    proofs: [
      {
        without: [
          line(
            'src/middleware/request/answer.ts',
            'function bodyOf({ code, sentence, reference }',
            'function bodyOf({ code, message: sentence, reference }',
          ),
        ],
        fail: { 'attacks/closed-answers.slow.test.ts': ['a program > says nothing of what failed inside'] },
      },
      {
        without: [
          line(
            'src/middleware/pages/error-page.ts',
            'const { code, sentence } = error',
            'const { code, message: sentence } = error',
          ),
        ],
        fail: {
          'attacks/closed-answers.slow.test.ts': ['a browser > a refused code', 'a browser > another nonce'],
        },
      },
    ],
  },
  'T-133': {
    what: 'The time of an answer tells how much of a secret was right.',
    doesNotApply: {
      heading: 'Out of scope',
      sentence: 'so how long an answer takes says nothing about them',
    },
  },
  'T-134': {
    what: 'The answer to a logout token, or the front-channel page, tells whether a session exists.',
    proofs: [
      {
        without: [
          line(
            'src/middleware/routes/logout/backchannel-logout.ts',
            'if (endedLogins === undefined) return',
            "if (!endedLogins) throw new OidcError('ERR_OIDC_LOGOUT_TOKEN_INVALID')",
          ),
        ],
        fail: {
          'middleware/routes/logout/backchannel-logout.test.ts': [
            'of a session that is not known, or is over, is answered in the same way',
          ],
        },
      },
      {
        without: [
          line(
            'src/middleware/routes/logout/frontchannel-logout.ts',
            'if (endedLogins === 0) return',
            "if (endedLogins === 0) throw new OidcError('ERR_OIDC_LOGOUT_INVALID')",
          ),
        ],
        fail: {
          'middleware/routes/logout/frontchannel-logout.test.ts': [
            'answers for a session that is not known as for one that is',
          ],
        },
      },
    ],
  },
}
