import { type Attacks, line } from '../../support/attacks/attack.ts'

const token = 'src/protocol/tokens/logout-token.ts'
const folder = 'middleware/routes/logout'
const refusals = `${folder}/backchannel-logout-refusals.test.ts`
const verified = 'const payload = await verifySigned(connection, token, rules)'
const nonce =
  "if (Object.hasOwn(payload, 'nonce')) throw reject('it has a nonce, so it is not a logout token')"

/** Logout tokens. */
export const logoutTokens: Attacks = {
  'T-101': {
    what: 'A logout token that the provider has not signed.',
    proofs: [
      {
        without: [line(token, verified, 'const payload = claims')],
        fail: {
          [refusals]: [
            'signed by a shared secret',
            'signed by a stranger',
            'whose signature is cut off',
            'signed by a key that is not known',
          ],
        },
      },
      {
        without: [
          line(token, verified, 'const payload = claims'),
          line(token, '[\\w-]+$/.test(token)', '[\\w-]*$/.test(token)'),
        ],
        fail: { [refusals]: ['without a signature'] },
      },
    ],
  },
  'T-102': {
    what: 'An ID token of the user, which is in URLs, is sent as a logout token.',
    proofs: [
      {
        without: [line(token, nonce)],
        fail: { [refusals]: ['with a nonce', 'with an empty nonce', 'whose nonce is null'] },
      },
      {
        without: [line(token, 'verifyEvents(payload)\n')],
        fail: {
          [refusals]: [
            'without events',
            'with another event',
            'whose event is true',
            'whose event is inherited',
          ],
        },
      },
      {
        without: [
          line(token, nonce),
          line(token, 'verifyEvents(payload)\n'),
          line(token, 'verifyJti(payload)\n'),
        ],
        fail: { [refusals]: ['that is the ID token of the user is refused'] },
      },
    ],
  },
  'T-103': {
    what: 'An old logout token is sent again, when the user has signed in again.',
    proofs: [
      {
        without: [line(token, 'maxTokenAge: MAX_AGE,')],
        fail: { [refusals]: ['that is too old, though it has not expired'] },
      },
      {
        without: [
          line('src/session/logout/provider-logout.ts', 'if (await store.get(key)) return undefined'),
        ],
        fail: { [`${folder}/backchannel-logout.test.ts`]: ['sub > is not done twice'] },
      },
      {
        without: [
          line('src/session/logout/provider-logout.ts', '({ beganAt }) => beganAt <= iat', '() => true'),
        ],
        fail: {
          [`${folder}/backchannel-logout.test.ts`]: [
            'with only a sub ends what the user had begun, and not what they begin later',
          ],
        },
      },
    ],
  },
  'T-104': {
    what: 'A flood of logout tokens fills the session store or the memory.',
    proofs: [
      {
        without: [line('src/middleware/routes/logout/backchannel-logout.ts', 'leaveSession(req)\n')],
        fail: {
          [`${folder}/backchannel-logout-setups.test.ts`]: [
            'without a session row for it, with saveUninitialized too',
          ],
        },
      },
      {
        without: [
          line(
            'src/middleware/routes/logout/concurrency-limit.ts',
            'else if (waiting.length < line) await',
            'else if (waiting.length >= 0) await',
          ),
        ],
        fail: { [`${folder}/logout-trouble.test.ts`]: ['turns away who would stand too far back'] },
      },
      {
        without: [
          line(
            'src/middleware/routes/logout/backchannel-logout.ts',
            'const token = await verify(rp, text, onUnknownClient)\n    await end(() => endLogins(rp, token))',
            'await end(async () => endLogins(rp, await verify(rp, text, onUnknownClient)))',
          ),
        ],
        fail: {
          'attacks/logout-flood.slow.test.ts': [
            'keeps no genuine token waiting while the keys cannot be read',
          ],
        },
      },
    ],
  },
  'T-105': {
    what: 'The sid of one issuer is taken for that of another, or parts of a key are shifted into each other.',
    proofs: [
      {
        without: [line('src/session/login/record-keys.ts', 'Buffer.byteLength(part)}:', "''}")],
        fail: { 'session/logout/login-index.test.ts': ['takes no two lists of parts for one'] },
      },
    ],
  },
  'T-106': {
    what: 'A logout token arrives while the sign-in that it means is being completed.',
    proofs: [
      {
        without: [
          line(
            'src/session/logout/end-logins.ts',
            'if (!(await isOverAtProvider(logins.settings, login, signInStartedAt))) return\n',
            'return\n',
          ),
        ],
        fail: {
          'session/logout/logout-points.test.ts': ['a logout token ends a sign-in that is being completed'],
        },
      },
    ],
  },
}
