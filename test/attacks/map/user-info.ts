import { type Attacks, line } from '../../support/attacks/attack.ts'

const source = 'src/protocol/tokens/user-info.ts'
const answers = 'protocol/tokens/provider-user-info.test.ts'
const users = 'middleware/routes/sign-in/sign-in-user.test.ts'

/** UserInfo, and what it may say about the user. */
export const userInfo: Attacks = {
  'T-61': {
    what: 'UserInfo is about another user, about nobody, or is no UserInfo.',
    proofs: [
      {
        without: [
          line(source, "if (sub !== undefined && claims['sub'] !== sub) throw", 'if (!claims) throw'),
        ],
        fail: { [answers]: ['somebody else', 'somebody whose sub differs in case'] },
      },
      {
        without: [
          line(source, "if (sub !== undefined && claims['sub'] !== sub) throw", 'if (!claims) throw'),
          line(source, "if (typeof claims['sub'] !== 'string') throw", 'if (!claims) throw'),
        ],
        fail: { [answers]: ['with > nobody > signs nobody in', 'a number as sub'] },
      },
      {
        without: [line(source, 'if (isObject(body)) return body', 'return { sub: "user-1" }')],
        fail: { [answers]: ['HTML', 'an array', 'null'] },
      },
    ],
  },
  'T-62': {
    what: 'UserInfo overwrites claims of the protocol, or the prototype of objects.',
    differs:
      'UserInfo may be as large as an answer, 1 MiB, instead of 64 KB: groups of a user take much room.',
    proofs: [
      {
        without: [line('src/vocabulary/claims.ts', 'without(userInfo, notFromUserInfo)', 'userInfo')],
        fail: {
          [users]: [
            'takes the claims of the protocol from the ID token alone',
            'is not changed by __proto__ > UserInfo',
          ],
        },
      },
    ],
  },
  'T-63': {
    what: 'An email address that is not verified is taken for one that is.',
    differs:
      'The text "true" of providers that send text is read as true, and "false" as false; what is neither is absent. Users are told by iss and sub.',
    proofs: [
      {
        without: [line('src/protocol/requests/lenient-answers.ts', "['email_verified', readFlag],")],
        fail: {
          'protocol/requests/lenient-answers.test.ts': [
            'booleans as text',
            'a boolean as text in the ID token',
            'no boolean at all > are read',
          ],
        },
      },
      {
        without: [
          line(
            'src/vocabulary/claims.ts',
            'withoutStaleFlags(without(idToken, notFromIdToken), fromUserInfo)',
            'without(idToken, notFromIdToken)',
          ),
        ],
        fail: {
          'middleware/tokens/user-info-verified.test.ts': ['is not verified because the other one was'],
        },
      },
    ],
  },
}
