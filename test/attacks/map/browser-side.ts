import { type Attacks, line } from '../../support/attacks/attack.ts'

const attempts = 'attacks/authorization.slow.test.ts'
const cookies = 'src/session/browser/transaction-cookies.ts'
const room = 'src/session/browser/cookie-room.ts'
const routes = 'src/middleware/routes/routes.ts'
const callbacks = 'middleware/routes/callback/callback.test.ts'
const signIns = 'middleware/routes/sign-in/sign-in.test.ts'
const silent = 'middleware/routes/sign-in/silent-login.test.ts'

/** What browsers, prefetches and other sites do with a sign-in that was started. */
export const browserSide: Attacks = {
  'T-27': {
    what: 'Sign-ins that are only started fill the browser with cookies, or the store with sessions.',
    proofs: [
      {
        without: [
          line(room, 'index < most - 1', 'true'),
          line(room, 'hasPlace && sizeOf(cookie) <= room', 'true'),
        ],
        fail: {
          [attempts]: ['300 sign-ins leave at most eight cookies'],
          'session/browser/sign-in-cookies.test.ts': [
            'are at most eight',
            'stay below 8 KB together, however long',
          ],
        },
      },
    ],
  },
  'T-28': {
    what: 'A sibling domain adds a cookie of the same name, in front of the good one or behind it.',
    proofs: [
      {
        without: [line(cookies, 'candidate.name === name)', 'candidate.name === name).slice(0, 1)')],
        fail: { [attempts]: ['a cookie of a sign-in under a name that occurs twice'] },
      },
      {
        without: [line('src/session/browser/cookies.ts', 'return secure ?', 'return !name ?')],
        fail: { 'session/browser/sign-in-cookies.test.ts': ['on https are bound to this host and Secure'] },
      },
    ],
  },
  'T-29': {
    what: 'The query of /login adds parameters to the authorization request, or replaces some.',
    proofs: [
      {
        without: [
          line(
            'src/middleware/routes/sign-in/login.ts',
            "buildReturnUrl(single(readQuery(req), 'returnTo'), rp.settings)),",
            "buildReturnUrl(single(readQuery(req), 'returnTo'), rp.settings), { parameters: Object.fromEntries(readQuery(req)) }),",
          ),
        ],
        fail: { [signIns]: ['takes nothing from the query of /login'] },
      },
    ],
  },
  'T-30': {
    what: 'The code leaks to another site, by the address of a page that the callback shows.',
    differs: 'The header is same-origin instead of no-referrer: no other site gets an address either way.',
    proofs: [
      {
        without: [
          line('src/middleware/request/answer.ts', "res.setHeader('Referrer-Policy', 'same-origin')"),
        ],
        fail: { [attempts]: ['no answer of a sign-in shows its address to another site'] },
      },
    ],
  },
  'T-31': {
    what: 'A redirect after a form lets the browser post it again, to another server.',
    proofs: [
      {
        without: [line('src/middleware/request/answer.ts', 'res.status(303)', 'res.status(307)')],
        fail: {
          [signIns]: ['is answered with pages that nobody keeps'],
          'middleware/routes/callback/form-post.test.ts': ['that was posted twice'],
        },
      },
    ],
  },
  'T-32': {
    what: 'A response that is posted comes without Lax cookies, which tempts apps to send them with SameSite=None.',
    differs:
      'The posted response is kept for a minute and fetched with a GET that has its Lax cookies, so that none becomes SameSite=None.',
    proofs: [
      {
        without: [line('src/session/browser/cookies.ts', "sameSite = 'Lax'", "sameSite = 'None'")],
        fail: { 'middleware/routes/callback/form-post.test.ts': ['has the same cookie as one by query'] },
      },
    ],
  },
  'T-33': {
    what: 'A prefetch, a scanner or HEAD uses up the code.',
    proofs: [
      {
        without: [
          line(
            routes,
            'allowed => allowed === req.method',
            "allowed => allowed === req.method || req.method !== 'POST'",
          ),
        ],
        fail: { [callbacks]: ['HEAD', 'PUT', 'DELETE', 'OPTIONS'] },
      },
      {
        without: [line(routes, 'if (isPrefetch(req)) return refuseUnseen(res)')],
        fail: { [callbacks]: ['that a browser fetches ahead'] },
      },
    ],
  },
  'T-34': {
    what: 'A provider that always refuses a silent sign-in, or a session that never comes back, sends the browser round and round.',
    proofs: [
      {
        without: [
          line('src/middleware/routes/sign-in/silent-login.ts', "if (mark === 'tried') return next()"),
        ],
        fail: { [silent]: ['that ends with > login_required'] },
      },
      {
        without: [
          line(
            'src/session/session-return.ts',
            'if (!mark || sessionIdOf(req)',
            'if (mark || sessionIdOf(req)',
          ),
        ],
        fail: {
          'session/session-return.test.ts': [
            'is refused once if the session did not come back',
            'at /login is refused too',
          ],
        },
      },
    ],
  },
}
