import { type Attacks, line } from '../../support/attacks/attack.ts'

const source = 'src/protocol/provider/discovery.ts'
const endpoints = 'src/protocol/provider/provider-endpoints.ts'
const fetching = 'src/protocol/requests/bounded-fetch.ts'
const tests = 'protocol/provider/provider-discovery.test.ts'
const endless = 'attacks/endless-answers.slow.test.ts'
const attempts = 'attacks/discovery.slow.test.ts'

/** Discovery, metadata and outbound requests. */
export const discovery: Attacks = {
  'T-01': {
    what: 'The configuration names another issuer, so that one provider can pass for another.',
    proofs: [
      {
        without: [line(source, 'verifyIssuer(metadata, options.issuer, reject)')],
        fail: {
          [tests]: ['names its issuer with a slash more', 'in another case', 'names another issuer'],
          [attempts]: ['another port', 'a fragment', 'a user', 'a letter that looks the same', 'a space'],
        },
      },
    ],
  },
  'T-02': {
    what: 'The issuer or one of its endpoints is on http, where everyone on the way can read and change answers.',
    differs:
      'allowInsecureIssuer also works in production, for an issuer inside a cluster; docs/security.md says what it gives up.',
    proofs: [
      {
        without: [
          line(endpoints, "if (isConfidential(url) || (allowInsecureIssuer && url.protocol === 'http:')) "),
        ],
        fail: {
          [tests]: [
            'has a token endpoint on http',
            'has keys on http',
            'has a userinfo endpoint on http',
            'has a script as authorization endpoint',
          ],
          'protocol/provider/lenient-discovery.test.ts': ['registration_endpoint', 'end_session_endpoint'],
        },
      },
    ],
  },
  'T-03': {
    what: 'A configuration that looks honest points the token endpoint or the keys at a host of the attacker.',
    differs:
      'Endpoints may be on other hosts, as those of Google are. Who can change the configuration can name their own keys.',
    proofs: [
      {
        without: [
          line(
            'src/middleware/routes/sign-in/callback.ts',
            "verifyResponseIssuer(connection, response.get('iss') ?? undefined)",
          ),
        ],
        fail: {
          'protocol/sign-in/mix-up.test.ts': ['when B registers its client at A, the issuer gives it away'],
        },
      },
    ],
  },
  'T-04': {
    what: 'The provider redirects a request of the server to an internal address.',
    differs:
      'There is no list of private networks to refuse: the issuer is configured, and many are inside a cluster.',
    proofs: [
      {
        without: [
          line(fetching, "redirect: 'manual'", "redirect: 'follow'"),
          line(fetching, 'await refuseRedirect(response)', '0'),
        ],
        fail: {
          [attempts]: [
            'a redirect with > discovery',
            'a redirect with > register',
            'a redirect with > jwks',
            'a redirect with > token',
            'a redirect with > userinfo',
            'a redirect with > pushed',
            'a redirect with > revoke',
          ],
        },
      },
    ],
  },
  'T-05': {
    what: 'A document is huge or endless, decodes to one, or comes one byte at a time.',
    proofs: [
      {
        without: [line(fetching, 'if (size > limit) throw', 'if (size < 0) throw')],
        fail: {
          [tests]: ['2 MB', 'a gzip bomb > fails'],
          [attempts]: ['twice'],
          [endless]: ['a gzip bomb > signs nobody in', 'a gzip bomb in gzip > signs nobody in'],
        },
      },
      {
        without: [
          line(fetching, 'setTimeout(() => late.abort(), limits.deadline)', 'setTimeout(() => 0, 1)'),
        ],
        fail: {
          [tests]: ['nothing > for five seconds', 'a byte now and then'],
          [endless]: ['a byte now and then > signs nobody in'],
        },
      },
    ],
  },
  'T-06': {
    what: 'A document is not the JSON object that it should be, or has members of the wrong type or of a hostile kind.',
    differs: 'What parses as a JSON object is read whatever its Content-Type says: it is never shown or run.',
    proofs: [
      {
        without: [line(endpoints, "typeof value !== 'string' || ")],
        fail: { [attempts]: ['with a list as token endpoint'] },
      },
      {
        without: [line(fetching, 'if (isTooDeep(parseJson(text)))', 'if (size < 0)')],
        fail: {
          'attacks/nesting.slow.test.ts': [
            'discovery > that is nested in > 65',
            'jwks > that is nested in > 65',
            'token > that is nested in > 65',
            'userinfo > that is nested in > 65',
            'register > that is nested in > 65',
          ],
        },
      },
    ],
  },
  'T-07': {
    what: 'The configuration offers only unsigned ID tokens, or ones that are signed with a shared secret.',
    proofs: [
      {
        without: [
          line(source, 'lacks(metadata.id_token_signing_alg_values_supported, signingAlgorithms)', 'false'),
        ],
        fail: { [tests]: ['signs with shared secrets only'] },
      },
    ],
  },
  'T-08': {
    what: 'The configuration leaves out S256, so that PKCE protects nothing.',
    proofs: [
      {
        without: [line(source, "lacks(metadata.code_challenge_methods_supported, ['S256'])", 'false')],
        fail: { [tests]: ['offers no S256'] },
      },
    ],
  },
  'T-09': {
    what: 'The configuration changes while the app runs, to another issuer or to weaker addresses.',
    differs:
      'An endpoint that moved is followed without a restart, if it would have been accepted at the start.',
    proofs: [
      {
        without: [line(source, 'verifyIssuer(metadata, options.issuer, reject)')],
        fail: { [attempts]: ['that changes its issuer while the app runs'] },
      },
      {
        without: [line(source, 'verifyEndpoints(metadata, options, reject)')],
        fail: {
          'protocol/provider/fresh-configuration.test.ts': ['does not weaken what the first reading refused'],
        },
      },
    ],
  },
}
