import { type Attacks, line } from '../../support/attacks/attack.ts'

const attempts = 'attacks/authorization.slow.test.ts'
const transactions = 'src/session/browser/transactions.ts'
const cookies = 'src/session/browser/transaction-cookies.ts'
const requests = 'src/protocol/sign-in/authorization.ts'
const callbacks = 'middleware/routes/callback/callback.test.ts'
const replays = 'middleware/routes/callback/callback-replay.test.ts'
const signIns = 'middleware/routes/sign-in/sign-in.test.ts'
const several = 'middleware/several-providers.test.ts'

/** Whatever transaction the browser has is taken, and its state is not compared. */
const anyTransaction = [
  line(cookies, '.filter(candidate => candidate.name === name)'),
  line(cookies, 'sealer.open(name, cookie.value)', 'sealer.open(cookie.name, cookie.value)'),
  line(cookies, 'opened.state === state && '),
  line(requests, 'expectedState: request.state', "expectedState: response.get('state')"),
]

/** Starting a sign-in, and what must survive the way to the provider and back. */
export const authorization: Attacks = {
  'T-20': {
    what: 'An attacker lets a user open the callback of a sign-in that the attacker has begun (login CSRF).',
    differs:
      "A callback whose sign-in this browser does not know starts the user's own sign-in, instead of an error page: users lose cookies.",
    proofs: [
      { without: anyTransaction, fail: { [attempts]: ['a callback of an attacker signs nobody in'] } },
      {
        without: [line(transactions, "throw new OidcError('ERR_OIDC_STATE_UNKNOWN')", "return 'start'")],
        fail: { [callbacks]: ['with a made-up state', 'with a state that goes on'] },
      },
    ],
  },
  'T-21': {
    what: 'A stolen code is put into a sign-in of the attacker, or of another user.',
    proofs: [
      {
        without: [
          line(
            'node_modules/oauth4webapi/build/index.js',
            'if (claims.nonce !== expected) {',
            'if (!claims) {',
          ),
        ],
        fail: {
          [attempts]: ["a stolen code is refused in the attacker's own sign-in"],
          'protocol/tokens/id-token.test.ts': ['with another nonce'],
        },
      },
    ],
  },
  'T-22': {
    what: 'State, nonce or code verifier can be guessed, or are used for several sign-ins.',
    proofs: [
      {
        without: [line(requests, 'client.randomNonce()', "'n'.repeat(43)")],
        fail: { [signIns]: ['is fresh for every sign-in'], [attempts]: ['300 sign-ins leave'] },
      },
      {
        without: [line(requests, 'client.randomPKCECodeVerifier()', "'v'.repeat(43)")],
        fail: { [signIns]: ['is fresh for every sign-in'], [attempts]: ['300 sign-ins leave'] },
      },
    ],
  },
  'T-23': {
    what: 'A response of one provider is delivered as that of another, so that its code is sent there (mix-up).',
    proofs: [
      {
        without: [
          line(
            'src/middleware/routes/sign-in/callback.ts',
            "verifyResponseIssuer(connection, response.get('iss') ?? undefined)",
          ),
        ],
        fail: { 'protocol/sign-in/mix-up.test.ts': ['when an > ends a sign-in at B'] },
      },
    ],
  },
  'T-24': {
    what: 'Two providers share one redirect URI, so that a code of one comes in at the other.',
    proofs: [
      {
        without: [line('src/middleware/request/relying-party-conflicts.ts', 'shared &&', 'false &&')],
        fail: { [several]: ['are refused where they share the route > callback'] },
      },
    ],
  },
  'T-25': {
    what: 'The cookie of a sign-in is changed, or sent again after its sign-in.',
    proofs: [
      {
        without: [line('src/protocol/sealing.ts', 'decipher.final()')],
        fail: {
          'protocol/sealing.test.ts': ['is not opened when part > 4'],
          [attempts]: ['a cookie of a sign-in that was changed anywhere'],
        },
      },
      {
        without: [line(transactions, 'transaction, { ifAbsent: true }', 'transaction, {}')],
        fail: { [replays]: ['signs nobody in when it brings the cookies of its first use'] },
      },
    ],
  },
  'T-26': {
    what: 'One callback arrives many times at once, at several replicas: a code that is sent twice revokes the tokens.',
    proofs: [
      {
        without: [line(transactions, 'transaction, { ifAbsent: true }', 'transaction, {}')],
        fail: {
          [replays]: ['that comes twenty times at once'],
          [attempts]: ['a callback that two replicas get twenty times'],
        },
      },
    ],
  },
}
