import { type Attacks, line } from '../../support/attacks/attack.ts'

const login = 'src/session/login/request-login.ts'
const sealing = 'src/protocol/sealing.ts'
const cookies = 'src/session/browser/cookies.ts'
const transactions = 'src/session/browser/transaction-cookies.ts'
const sessionTests = 'session/login/sign-in-session.test.ts'
const cookieTests = 'session/browser/sign-in-cookies.test.ts'
const swaps = 'attacks/cookie-swaps.slow.test.ts'

/** Sessions and cookies. */
export const sessions: Attacks = {
  'T-70': {
    what: 'The attacker knows the id of a session before its user signs in (session fixation).',
    proofs: [
      {
        without: [line(login, '(session, done) => session.regenerate(done)', '(_session, done) => done()')],
        fail: {
          [sessionTests]: [
            'has another id after the sign-in, and the old one is worth nothing',
            'has another id after each further sign-in',
          ],
        },
      },
    ],
  },
  'T-71': {
    what: 'A session keeps what another user has left in it.',
    proofs: [
      {
        without: [line(login, 'return isSameUser ? data : {}', 'return data')],
        fail: { [sessionTests]: ['loses what it held for another user'] },
      },
    ],
  },
  'T-72': {
    what: 'Cookies that scripts can read, that go out over http, or that a sibling domain can set.',
    differs:
      'The cookie of the session is express-session’s, so its settings are the app’s: docs/deployment.md has them, and doctor checks them.',
    proofs: [
      {
        without: [line(cookies, "attributes.push('HttpOnly')")],
        fail: { [cookieTests]: ['on http and loopback are HttpOnly', 'on https are bound to this host'] },
      },
      {
        without: [line(cookies, "if (secure) attributes.push('Secure')")],
        fail: { [cookieTests]: ['on https are bound to this host and Secure'] },
      },
      {
        without: [line(cookies, 'return secure ? ', 'return secure === undefined ? ')],
        fail: { [cookieTests]: ['on https are bound to this host and Secure'] },
      },
    ],
  },
  'T-73': {
    what: 'A cookie that never comes back, because Express does not trust the proxy, sends the browser round in circles.',
    proofs: [
      {
        without: [
          line(
            'src/session/session-return.ts',
            'if (!hasSignInMark(settings, req) || readHeldLogin(req)) return',
            'return',
          ),
        ],
        fail: {
          'session/session-return.test.ts': [
            'is refused once if the session did not come back, then made',
            'at /login is refused too',
          ],
        },
      },
    ],
  },
  'T-74': {
    what: 'A slow request writes back a session that has ended.',
    proofs: [
      {
        without: [
          line(
            'src/session/logout/guarded-session-store.ts',
            'verify(written).then(() => done(), done)',
            'done()',
          ),
        ],
        fail: {
          'session/logout/guarded-session-store.test.ts': ['after its login was ended > is gone'],
          'session/logout/written-rows.test.ts': ['a session whose row the app writes itself is gone'],
        },
      },
      {
        without: [
          line(
            'src/session/logout/guarded-touch.ts',
            'isHarmless && !error ? undefined : find(sessionId, session)',
            'undefined',
          ),
        ],
        fail: {
          'session/logout/guarded-touch.test.ts': ['the store has touched it > stays ended, and is answered'],
        },
      },
    ],
  },
  'T-75': {
    what: 'A session goes on for ever, because it is used.',
    differs: 'The idle time is cookie.maxAge of express-session, which ends the session in its store.',
    proofs: [
      {
        without: [line(login, 'return age < settings.absoluteLifetime ? login : undefined', 'return login')],
        fail: {
          'middleware/guards/require-user.test.ts': [
            'asks again when the login has lasted for its absolute lifetime, however active it is',
          ],
        },
      },
    ],
  },
  'T-76': {
    what: 'A cookie or a key that the app made for one purpose counts for another one.',
    proofs: [
      {
        without: [line(sealing, "opened['aud'] === purpose && ")],
        fail: {
          'middleware/routes/logout/logout-return.test.ts': ['knows only cookies that the app has sealed'],
        },
      },
      {
        without: [
          line(sealing, "opened['aud'] === purpose && "),
          line(transactions, 'opened.state === state && '),
        ],
        fail: { [swaps]: ['the transaction of one sign-in does not finish another one'] },
      },
      {
        without: [line(sealing, '{purpose}\\n', "{''}\\n")],
        fail: { 'middleware/routes/callback/callback.test.ts': ['with the state of a sign-out is refused'] },
      },
    ],
  },
  'T-77': {
    what: 'A session id comes from a URL, a body or a header, or is made up.',
    doesNotApply: {
      heading: 'Out of scope',
      sentence: 'It takes an id only from its signed cookie',
    },
  },
  'T-78': {
    what: 'Tokens are visible in the browser, in the session or to the pages of the app.',
    proofs: [
      {
        without: [
          line(
            'src/middleware/routes/sign-in/sign-in.ts',
            'await writeTokens(rp.settings, login, tokens)',
            "await writeTokens(rp.settings, login, tokens)\n  Object.assign(Reflect.get(req, 'session'), { tokens })",
          ),
        ],
        fail: { [sessionTests]: ['holds no token and no code'] },
      },
    ],
  },
  'T-79': {
    what: 'A cache keeps a response that sets or uses a cookie.',
    differs: 'Pages of the app keep the Cache-Control that the app sets: docs/deployment.md says which.',
    proofs: [
      {
        without: [line('src/middleware/request/answer.ts', "res.setHeader('Cache-Control', 'no-store')")],
        fail: { 'middleware/routes/sign-in/sign-in.test.ts': ['is answered with pages that nobody keeps'] },
      },
    ],
  },
  'T-80': {
    what: 'Work that is shared between requests gives one user what belongs to another.',
    proofs: [
      {
        without: [line('src/session/tokens/obtain-access-token.ts', 'login.id} $', "''} $")],
        fail: { 'attacks/users-apart.slow.test.ts': ['many users who renew tokens and UserInfo'] },
      },
      {
        without: [
          line('src/middleware/tokens/user-info-upkeep.ts', 'running.run(login.id, ', "running.run('', "),
        ],
        fail: { 'attacks/users-apart.slow.test.ts': ['many users who renew tokens and UserInfo'] },
      },
    ],
  },
}
