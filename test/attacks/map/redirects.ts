import { type Attacks, line } from '../../support/attacks/attack.ts'

const returnUrl = 'src/middleware/request/return-url.ts'
const guard = 'src/middleware/guards/guard.ts'
const returnPaths = 'attacks/return-paths.slow.test.ts'
const bypass = 'attacks/guard-bypass.slow.test.ts'
const unit = 'middleware/request/return-url.test.ts'

const signedIn = 'if (user && oidc.isAuthenticated === true) return rule({ user, oidc, req })'
/** A guard with an exception that somebody might find practical. */
const except = (flaw: string): string => `if (${flaw}) return { kind: 'pass' }\n    ${signedIn}`

/** Redirects, hosts and paths. */
export const redirects: Attacks = {
  'T-85': {
    what: 'A return path leads to another site, by slashes, dots, encodings or characters that parsers read differently.',
    proofs: [
      {
        without: [
          line(
            returnUrl,
            "typeof path !== 'string' || !path.startsWith('/') || ambiguous.test(path)",
            "typeof path !== 'string'",
          ),
          line(returnUrl, 'emitted?.origin !== base.origin', 'emitted === undefined'),
        ],
        fail: {
          [returnPaths]: [
            'a sign-out ends in this app, whatever its return path',
            'a sign-in ends in this app, whatever the return path of its link',
            'a sign-in that a third party starts ends in this app, whatever its target',
          ],
        },
      },
      {
        without: [line(returnUrl, "emitted.pathname.startsWith('//')", 'false')],
        fail: {
          [returnPaths]: ['a sign-out ends in this app, whatever its return path'],
        },
      },
    ],
  },
  'T-86': {
    what: 'A return path leads back into the routes of the library, and the browser goes round in a circle.',
    proofs: [
      {
        without: [
          line(
            returnUrl,
            'return leadsBackHere(emitted, settings) ? start : emitted.href',
            'return emitted.href',
          ),
        ],
        fail: {
          [unit]: ['leads from', 'follows the routes that the app chose'],
          'middleware/request/route-paths.test.ts': ['which would be a circle'],
        },
      },
    ],
  },
  'T-87': {
    what: 'A script or an API client is redirected to the sign-in instead of being told, or a form is sent again.',
    proofs: [
      {
        without: [line('src/middleware/guards/answer-guard.ts', ' || !isNavigation(req))', ')')],
        fail: {
          'middleware/guards/require-user.test.ts': [
            'tells an anonymous program how to sign in > fetch that posts',
            'tells an anonymous program how to sign in > XHR',
            'tells an anonymous program how to sign in > a JSON client',
          ],
        },
      },
    ],
  },
  'T-88': {
    what: 'A Host or forwarding header puts another host into a redirect URI, a registration or a link.',
    proofs: [
      {
        without: [
          line(
            'src/middleware/request/address-finder.ts',
            ')}`) ?? main',
            ")}`) ?? [...byAddress].find(([address]) => hostOf(req).includes(address.split('//')[1] ?? '?'))?.[1] ?? main",
          ),
        ],
        fail: {
          'middleware/addresses/forged-hosts.test.ts': [
            'evil.boutique.localhost:P',
            'boutique.localhost:P.evil.example',
          ],
        },
      },
      {
        without: [
          line(
            'src/middleware/guards/answer-guard.ts',
            'const { loginUrl } = req.oidc',
            "const loginUrl = 'http://' + (req.headers['x-forwarded-host'] ?? req.headers.host) + '/login'",
          ),
        ],
        fail: { 'attacks/forged-host-headers.slow.test.ts': ['nothing is built from a header'] },
      },
      {
        without: [
          line(
            'src/middleware/routes/logout/logout.ts',
            'const returnTo = buildReturnUrl(path, asked.settings)',
            "const returnTo = buildReturnUrl(path, asked.settings).replace(/localhost:\\d+/, host => String(req.headers['x-forwarded-host'] ?? host))",
          ),
        ],
        fail: { 'attacks/forged-host-headers.slow.test.ts': ['no answer of a visit depends on a header'] },
      },
    ],
  },
  'T-89': {
    what: 'A path is written so that a check on paths lets it through and the router still finds the page.',
    proofs: [
      {
        without: [line(guard, signedIn, except("req.path.endsWith('.css') || /[A-Z]/.test(req.path)"))],
        fail: { [bypass]: ['is shut, however its path is written'] },
      },
    ],
  },
  'T-90': {
    what: 'A header that a proxy usually sets says who the user is.',
    proofs: [
      {
        without: [line(guard, signedIn, except("req.headers['remote-user'] !== undefined"))],
        fail: { [bypass]: ['no header says who somebody is'] },
      },
    ],
  },
  'T-91': {
    what: 'Line ends in a return path or a claim add headers to a response.',
    proofs: [
      {
        without: [line(returnUrl, '|| ambiguous.test(path)', '')],
        fail: { [unit]: ['/a\\n > which not everybody reads as the same path'] },
      },
    ],
  },
  'T-92': {
    what: 'A client is let through because it says that it checks the health of the app, or by its method.',
    proofs: [
      {
        without: [line(guard, signedIn, except("/probe|health/i.test(req.headers['user-agent'] ?? '')"))],
        fail: { [bypass]: ['no client is let through for what it says that it is'] },
      },
      {
        without: [line(guard, signedIn, except("req.method === 'HEAD'"))],
        fail: { [bypass]: ['no client is let through for what it says that it is'] },
      },
      {
        without: [line(guard, signedIn, except('!/^(GET|HEAD|POST|PUT|PATCH|DELETE)$/.test(req.method)'))],
        fail: { [bypass]: ['no method is let through because few use it'] },
      },
    ],
  },
}
