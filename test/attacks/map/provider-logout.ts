import { type Attacks, line } from '../../support/attacks/attack.ts'

const token = 'src/protocol/tokens/logout-token.ts'
const answer = 'src/middleware/request/answer.ts'
const front = 'src/middleware/routes/frontchannel-logout.ts'
const folder = 'middleware/routes/logout'
const refusals = `${folder}/backchannel-logout-refusals.test.ts`
const frontTests = `${folder}/frontchannel-logout.test.ts`
const verified = 'const payload = await verifySigned(connection, token, rules)'
const nonce =
  "if (Object.hasOwn(payload, 'nonce')) throw reject('it has a nonce, so it is not a logout token')"

/** Sign-outs that the provider starts, and what pages may be framed. */
export const providerLogout: Attacks = {
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
        without: [line('src/middleware/routes/backchannel-logout.ts', 'leaveSession(req)\n')],
        fail: {
          [`${folder}/backchannel-logout-setups.test.ts`]: [
            'without a session row for it, with saveUninitialized too',
          ],
        },
      },
      {
        without: [
          line(
            'src/middleware/routes/concurrency-limit.ts',
            'else if (waiting.length < line) await',
            'else if (waiting.length >= 0) await',
          ),
        ],
        fail: { [`${folder}/logout-trouble.test.ts`]: ['turns away who would stand too far back'] },
      },
      {
        without: [
          line(
            'src/middleware/routes/backchannel-logout.ts',
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
  'T-107': {
    what: 'Anyone opens the front-channel page.',
    proofs: [
      {
        without: [line(front, 'isIssuerOf(issuer, iss) && ')],
        fail: { [frontTests]: ['another iss', 'a slash more in iss'] },
      },
      {
        without: [line(front, "if (!query.has('iss') && !query.has('sid')) return undefined\n")],
        fail: { [frontTests]: ['without iss and sid changes nothing, not even with the cookie'] },
      },
    ],
  },
  'T-108': {
    what: 'A page of the library is framed by another site, or the front-channel page cannot be framed by the provider.',
    proofs: [
      {
        without: [line(answer, "res.setHeader('X-Frame-Options', 'DENY')")],
        fail: { [`${folder}/logout-requests.test.ts`]: ['asks first, and the session stays'] },
      },
      {
        without: [line(answer, "res.removeHeader('X-Frame-Options')")],
        fail: { [frontTests]: ['may be framed by the provider alone, whatever helmet has said'] },
      },
    ],
  },
  'T-109': {
    what: 'Another site opens a page of the library and plays tricks with its window, or a script gets into the page.',
    proofs: [
      {
        without: [line(answer, "res.setHeader('Cross-Origin-Opener-Policy', 'same-origin')")],
        fail: {
          [`${folder}/logout-form.slow.test.ts`]: ['has a page with one script, which no other page has'],
        },
      },
      {
        without: [line(answer, "res.setHeader('Content-Security-Policy', buildContentSecurityPolicy(page))")],
        fail: {
          [`${folder}/logout-form.slow.test.ts`]: ['has a page with one script, which no other page has'],
        },
      },
    ],
  },
  'T-110': {
    what: 'A refresh that was on its way brings a session back that was ended meanwhile.',
    proofs: [
      {
        without: [
          line(
            'src/session/tokens/keep-refreshed.ts',
            'if (!stored) {',
            'if (!stored) return true\n  if (!stored) {',
          ),
        ],
        fail: {
          'session/tokens/refresh-trouble.test.ts': ['wins: the new tokens are kept nowhere, and revoked'],
        },
      },
    ],
  },
}
