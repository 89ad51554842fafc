import { type Attacks, line } from '../../support/attacks/attack.ts'

const route = 'src/middleware/routes/logout/logout.ts'
const back = 'src/middleware/routes/logout/logout-callback.ts'
const returns = 'src/session/browser/post-logout-return.ts'
const tests = 'middleware/routes/logout/logout.test.ts'
const requests = 'middleware/routes/logout/logout-requests.test.ts'
const local = 'const tokens = await endOwnLogin(rp.logins, req, res).catch(refuseToFinish)'

/** Sign-outs that the app starts. */
export const logout: Attacks = {
  'T-95': {
    what: 'Another site signs a user out, by a link, an image, a form or a frame.',
    proofs: [
      {
        without: [
          line(
            route,
            'if (!isOwnRequest(req, rp.settings.baseUrl)) return askToConfirm(rp.settings, req, res, wanted)',
          ),
        ],
        fail: {
          [requests]: ['asks first, and the session stays', 'never signs out a script of another site'],
        },
      },
      {
        without: [line(route, "req.method === 'GET' && !isDocument(req)", 'false')],
        fail: { 'middleware/routes/logout/logout-no-document.test.ts': ['GET /logout signs nobody out'] },
      },
    ],
  },
  'T-96': {
    what: 'A sign-out only removes the cookie, and a copy of it still works; or it waits for the provider.',
    proofs: [
      {
        without: [
          line(
            'src/session/login/request-login.ts',
            "await callRequestSession(req, 'could not be ended', (session, done) => session.destroy(done))",
          ),
        ],
        fail: {
          [tests]: ['ends the session here, then at the provider, and comes back over the logout callback'],
        },
      },
      {
        without: [
          line('src/session/tokens/revoke-on-logout.ts', '): void {', '): Promise<void> | undefined {'),
          line(
            'src/session/tokens/revoke-on-logout.ts',
            'revoke(rp, login, tokens).catch',
            'return revoke(rp, login, tokens).catch',
          ),
          line(route, 'if (login && tokens) startRevocation', 'if (login && tokens) await startRevocation'),
        ],
        fail: { 'session/tokens/logout-revocation.test.ts': ['does not wait for a revocation that hangs'] },
      },
    ],
  },
  'T-97': {
    what: 'The provider is away, and nobody can sign out.',
    proofs: [
      {
        without: [line(route, local, `await rp.connect()\n  ${local}`)],
        fail: { [tests]: ['signs out here and goes to the return path where this process never reached it'] },
      },
    ],
  },
  'T-98': {
    what: 'A sign-out ends at another site.',
    proofs: [
      {
        without: [line(route, 'buildReturnUrl(path, asked.settings)', "path ?? '/'")],
        fail: {
          'attacks/return-paths.slow.test.ts': ['a sign-out ends in this app, whatever its return path'],
          [tests]: ['returns to the start page where the return path is not one of this app: > evil.example'],
        },
      },
      {
        without: [
          line(
            back,
            'await takeReturn(rp, req, res, state)',
            "single(query, 'returnTo') ?? (await takeReturn(rp, req, res, state))",
          ),
        ],
        fail: { 'middleware/routes/logout/logout-return.test.ts': ['takes no address from a request'] },
      },
    ],
  },
  'T-99': {
    what: 'Someone opens the return of a sign-out that this browser has not started, or with another state.',
    proofs: [
      {
        without: [line(returns, 'started.filter(each => each.state === state)', 'started')],
        fail: { [tests]: ['is made up', 'is cut'] },
      },
    ],
  },
  'T-100': {
    what: 'The ID token in the URL of a sign-out is logged, or makes the URL longer than servers take.',
    proofs: [
      {
        without: [line(route, ' && url.href.length <= LONGEST_URL')],
        fail: {
          'middleware/routes/logout/logout-form.slow.test.ts': [
            'a URL that would be too long becomes a form',
          ],
        },
      },
    ],
  },
}
