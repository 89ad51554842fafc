import { type Attacks, line } from '../../support/attacks/attack.ts'

const answer = 'src/middleware/request/answer.ts'
const front = 'src/middleware/routes/logout/frontchannel-logout.ts'
const folder = 'middleware/routes/logout'
const frontTests = `${folder}/frontchannel-logout.test.ts`

/** The front channel, what pages may be framed, and a refresh beside a logout. */
export const providerLogout: Attacks = {
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
