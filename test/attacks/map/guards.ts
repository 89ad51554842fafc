import { type Attacks, line } from '../../support/attacks/attack.ts'

const guard = 'src/middleware/guards/guard.ts'
const idToken = 'src/protocol/tokens/id-token.ts'
const refresh = 'src/session/tokens/refresh-once.ts'
const refreshed = 'protocol/tokens/refreshed-id-token.test.ts'
const answers = 'session/tokens/refresh-answers.test.ts'

/** Guards, refresh and user data. */
export const guards: Attacks = {
  'T-115': {
    what: 'A fault of a store or of the app makes a guard let everyone through.',
    proofs: [
      {
        without: [line(guard, '!hasSession(req)) throw missingSession()', 'false) throw missingSession()')],
        fail: {
          'session/login/session-trouble.test.ts': [
            'while the session store is disconnected, guarded pages answer 503 and public pages work',
          ],
        },
      },
      {
        without: [line(guard, 'user && oidc.isAuthenticated === true', 'user')],
        fail: {
          'middleware/guards/require-user.test.ts': [
            'does not take the user of another middleware for signed in',
          ],
        },
      },
    ],
  },
  'T-116': {
    what: 'Malformed headers, queries or bodies end as an exception that nobody has expected.',
    proofs: [
      {
        without: [
          line('src/middleware/request/return-url.ts', 'if (!URL.canParse(path, base.href)) return start'),
        ],
        fail: { 'attacks/malformed-requests.slow.test.ts': ['no query makes the app fail'] },
      },
    ],
  },
  'T-117': {
    what: 'A role is found in a part of a text, or in a value of another type.',
    proofs: [
      {
        without: [
          line(
            'src/middleware/guards/claim-rule.ts',
            'return held === value',
            'return String(held).includes(String(value))',
          ),
        ],
        fail: {
          'middleware/guards/guards-claims.test.ts': [
            'a text passes by itself alone, and never by a part of it',
          ],
        },
      },
    ],
  },
  'T-118': {
    what: 'The provider grants less than was asked for, and the app goes by what it asked for.',
    proofs: [
      {
        without: [
          line('src/protocol/sign-in/authorization.ts', 'tokens.scope ?? request.scope', 'request.scope'),
        ],
        fail: {
          'attacks/granted-scope.slow.test.ts': [
            'grants less',
            'grants one that only resembles it',
            'grants more',
          ],
        },
      },
    ],
  },
  'T-119': {
    what: 'A user who was locked out at the provider stays signed in.',
    proofs: [
      {
        without: [line(refresh, 'if (!endsLogin(error)) {', 'if (error) {')],
        fail: { [answers]: ['invalid_grant ends the login, once, for all who ask'] },
      },
      {
        without: [
          line(
            'src/middleware/tokens/user-info-upkeep.ts',
            "if (error.code === 'ERR_OIDC_ACCESS_TOKEN_REFUSED' || ",
            'if (',
          ),
        ],
        fail: { 'middleware/tokens/user-info-again.test.ts': ['required sends the user to sign in again'] },
      },
    ],
  },
  'T-120': {
    what: 'Many requests use one refresh token, and the provider ends the login for it.',
    proofs: [
      {
        without: [
          line(
            'src/session/tokens/obtain-access-token.ts',
            'renewals.run(',
            '((_key: string, work: () => Promise<HeldToken>) => work())(',
          ),
        ],
        fail: {
          'session/tokens/access-tokens.test.ts': [
            'is renewed by one of the requests of a process, for which the others wait',
          ],
        },
      },
      {
        without: [
          line(
            'src/session/tokens/obtain-access-token.ts',
            'await tryLease(rp.settings, lease, bind',
            'await (async work => ({ result: await work(send => send) }))((bind: BoundRefresh["bind"])',
          ),
          line(refresh, 'if (marked === undefined) return undefined'),
        ],
        fail: {
          'session/tokens/access-tokens.test.ts': [
            'is renewed once for all who ask together, at three replicas',
          ],
        },
      },
    ],
  },
  'T-121': {
    what: 'The ID token of a refresh is about someone else, or nobody has verified it.',
    proofs: [
      {
        without: [line(idToken, "if (payload.sub !== before.sub) throw reject('sub is a different user')")],
        fail: {
          [refreshed]: [
            'with another > sub > ends the login',
            'that is about somebody else has its tokens revoked',
          ],
        },
      },
      {
        without: [
          line(idToken, 'if (!isAboutClaims(error)) return undefined', 'if (false) return undefined'),
        ],
        fail: {
          [refreshed]: ['has no signature that can be verified > is not taken, and the login goes on'],
        },
      },
    ],
  },
  'T-122': {
    what: 'The answer to a refresh is lost, and the used refresh token is sent again and again.',
    proofs: [
      {
        without: [line(refresh, 'attempt: { maySpend: true } }', 'attempt }')],
        fail: {
          'session/tokens/refresh-trouble.test.ts': [
            'for good loses them: nobody gets them, and the login ends when the store is back',
          ],
        },
      },
    ],
  },
  'T-123': {
    what: 'An access token goes to another host.',
    proofs: [
      {
        without: [
          line(
            'src/protocol/tokens/protected-resource.ts',
            'origins.includes(resource.origin) && isConfidential(resource)',
            'true',
          ),
        ],
        fail: {
          'middleware/tokens/api-fetch.test.ts': [
            'another origin',
            'a longer host',
            'the same without TLS',
            'a user name',
            'a backslash',
          ],
        },
      },
      {
        without: [
          line(
            'src/protocol/tokens/protected-resource.ts',
            "return fetch(url.href, { ...request, headers, redirect: 'manual' })",
            'return fetch(url.href, { ...request, headers })',
          ),
        ],
        fail: { 'middleware/tokens/api-fetch.test.ts': ['never where a redirect leads'] },
      },
    ],
  },
}
