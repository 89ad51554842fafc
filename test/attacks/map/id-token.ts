import { type Attacks, line } from '../../support/attacks/attack.ts'

const oauth = 'node_modules/oauth4webapi/build/index.js'
const jose = 'node_modules/jose/dist/webapi/lib/jwt_claims_set.js'
const source = 'src/protocol/tokens/id-token.ts'
const claims = 'protocol/tokens/id-token.test.ts'
const stepUps = 'middleware/guards/guards-step-up.test.ts'
const attempts = 'attacks/id-token-claims.slow.test.ts'

/** The claims of an ID token. */
export const idToken: Attacks = {
  'T-51': {
    what: 'An ID token of another issuer, or for another client, or for several.',
    proofs: [
      {
        without: [
          line(source, 'issuer: metadata.issuer, audience: clientId, '),
          line(source, 'if (other !== undefined)', 'if (!aud)'),
          line(
            oauth,
            '.then(validateIssuer.bind(undefined, as))\n        .then(validateAudience.bind(undefined, client.client_id))\n        .then(validateStringClaim',
            '.then(validateStringClaim',
          ),
        ],
        fail: {
          [claims]: ['of another issuer', 'with a slash more in iss', 'for another audience'],
          [attempts]: ['with an aud that is a part of its own', 'with an aud that begins like its own'],
        },
      },
      {
        without: [
          line(source, 'if (other !== undefined)', 'if (!aud)'),
          line(source, 'if (azp !== undefined && azp !== clientId)', 'if (!aud)'),
        ],
        fail: { [claims]: ['for one more audience, with azp', 'with the azp of another client'] },
      },
    ],
  },
  'T-52': {
    what: 'An ID token that has expired, is not valid yet, was issued long ago, or has impossible times.',
    differs: 'Eight minutes after iat an ID token is too old to sign in with, instead of ten.',
    proofs: [
      {
        without: [
          line(jose, 'exp !== void 0 && exp <= now - tolerance', 'exp === null'),
          line(oauth, 'claims.exp <= now - clockTolerance', 'claims.exp === null'),
        ],
        fail: {
          [claims]: ['that has expired'],
          [attempts]: ['an exp that is just over', 'an exp before 1970'],
        },
      },
      {
        without: [line(source, 'maxTokenAge: MAX_AGE,')],
        fail: {
          [claims]: ['from the future', 'that is too old'],
          [attempts]: ['with an iat that is not yet', 'with an iat before 1970'],
        },
      },
      {
        without: [
          line(jose, 'nbf !== void 0 && nbf > now + tolerance', 'nbf === null'),
          line(oauth, 'claims.nbf > now + clockTolerance', 'claims.nbf === null'),
        ],
        fail: {
          [claims]: ['that is not valid yet'],
          [attempts]: ['an nbf that is not yet'],
        },
      },
      {
        without: [line('src/protocol/tokens/signature.ts', 'if (impossible) throw', 'if (!payload) throw')],
        fail: {
          [attempts]: ['an exp in the year 10000', 'an exp in milliseconds', 'an exp far ahead'],
          'protocol/tokens/refreshed-id-token.test.ts': ['exp that is impossible > ends the login'],
          'middleware/routes/logout/backchannel-logout-refusals.test.ts': ['whose exp is in milliseconds'],
        },
      },
      {
        without: [line(source, 'verifyAuthentication(payload, connection)')],
        fail: { [attempts]: ['an auth_time that is not yet', 'an auth_time in the year 9999'] },
      },
    ],
  },
  'T-53': {
    what: 'An ID token of another sign-in, whose nonce differs, is missing or is no text.',
    proofs: [
      {
        without: [line(oauth, 'if (claims.nonce !== expected) {', 'if (!claims) {')],
        fail: {
          [claims]: ['with another nonce', 'with an empty nonce'],
          [attempts]: [
            'with a list as nonce',
            'with a number as nonce',
            'with its nonce in another case',
            'with the beginning of its nonce',
          ],
        },
      },
    ],
  },
  'T-54': {
    what: 'The access token that came with an ID token was replaced by another one.',
    proofs: [
      {
        without: [line(source, 'verifyAccessTokenHash(payload, protectedHeader, accessToken)')],
        fail: {
          [attempts]: [
            'with the hash of another access token',
            'with a part of the hash of its access token',
            'with a number as hash',
            'with an empty hash',
          ],
          'protocol/tokens/access-token-hash.test.ts': [
            'of another access token',
            'of half of the algorithm',
          ],
        },
      },
    ],
  },
  'T-55': {
    what: 'The sub of an ID token is missing, empty, too long, no text, or has control characters.',
    proofs: [
      {
        without: [line(source, 'verifySubject(payload)')],
        fail: {
          [claims]: ['with a sub of 256 characters'],
          [attempts]: ['with NUL in its sub', 'with a line end in its sub'],
        },
      },
    ],
  },
  'T-56': {
    what: 'A step-up is answered with an older or weaker authentication.',
    proofs: [
      {
        without: [
          line(
            'src/protocol/sign-in/authorization.ts',
            'verifyAuthTime(claims, request.maxAge, connection.clock)',
          ),
        ],
        fail: { [stepUps]: ['in the callback where auth_time > is too old', 'where auth_time > is missing'] },
      },
      {
        without: [
          line(
            'src/protocol/sign-in/step-up.ts',
            "typeof acr === 'string' && acrValues.includes(acr)",
            "acr !== ''",
          ),
        ],
        fail: { [stepUps]: ['another acr', 'no acr', 'an acr that is no text'] },
      },
    ],
  },
}
