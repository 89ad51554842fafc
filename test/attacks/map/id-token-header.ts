import { type Attacks, line } from '../../support/attacks/attack.ts'

const oauth = 'node_modules/oauth4webapi/build/index.js'
const signatures = 'protocol/tokens/id-token-signature.test.ts'
const attempts = 'attacks/id-token-header.slow.test.ts'

/** ID tokens that others have signed, or by another algorithm, or that should be encrypted and are not. */
const unverified = [
  line(
    'src/protocol/tokens/signature.ts',
    'return await jwtVerify(token, getKey, options)',
    `const inner = token.split('.').length === 5 ? Buffer.from(token.split('.')[3], 'base64url').toString() : token
    const [protectedHeader, payload] = inner.split('.').slice(0, 2).map(part => JSON.parse(Buffer.from(part, 'base64url').toString()))
    return { protectedHeader, payload, getKey, options }`,
  ),
  line(
    oauth,
    "checkSigningAlgorithm.bind(undefined, client.id_token_signed_response_alg, as.id_token_signing_alg_values_supported, 'RS256')",
    '() => undefined',
  ),
]

/** The signature and the header of an ID token. */
export const idTokenHeader: Attacks = {
  'T-46': {
    what: 'An ID token has no signature: the alg none in any spelling, or an empty signature.',
    proofs: [
      {
        without: unverified,
        fail: {
          [signatures]: ['by nobody', 'without its signature', 'with changed claims'],
          [attempts]: ['by nobody, with the alg', 'by nobody, without alg', 'with one byte as signature'],
        },
      },
    ],
  },
  'T-47': {
    what: 'An ID token is signed by HMAC, with the public key or another known text as secret.',
    proofs: [
      {
        without: unverified,
        fail: {
          [signatures]: ['by the client secret', 'by the public key as a secret'],
          [attempts]: [
            'by the public key in PEM',
            'by the public key in PKCS 1',
            'by the public key in DER',
            'by the modulus of the public key',
            'by an empty secret',
            'by the id of the client',
          ],
        },
      },
    ],
  },
  'T-48': {
    what: 'An ID token brings its own key, or an address or certificates where one is found.',
    differs:
      'These members are ignored instead of refused: a token that a known key has signed is as good with them.',
    proofs: [
      {
        without: unverified,
        fail: {
          [signatures]: ['by a key that it brings along', 'by another key'],
          [attempts]: [
            'by another key, under the kid of the right one',
            'by the key in jwk',
            'with a chain of certificates',
            'that names an address in > jku',
            'that names an address in > x5u',
          ],
        },
      },
    ],
  },
  'T-49': {
    what: 'The kid of an ID token is a path, a query, a prototype, huge, or no text.',
    proofs: [
      {
        without: unverified,
        fail: {
          [signatures]: ['by a key with an unknown kid'],
          [attempts]: [
            'with a kid that is > a path',
            'with a kid that is > a query of a database',
            'with a kid that is > a prototype',
            'with a kid that is > another one of its members',
            'with a kid that is > 10 KB',
            'with a kid that is > a number',
            'with a kid that is > an object',
            'with a kid that is > a list',
            'with a kid that is > empty',
          ],
        },
      },
    ],
  },
  'T-50': {
    what: 'An ID token has critical members that nobody knows, more or fewer parts, or is unsigned inside an encrypted one.',
    proofs: [
      {
        without: [
          ...unverified,
          line(oauth, 'checkAlg(header);\n    if (header.crit !== undefined) {', 'if (!header) {'),
        ],
        fail: {
          [signatures]: ['with a critical header that nobody knows'],
          [attempts]: ['without base64 in its payload', 'with critical members that are no list'],
        },
      },
      {
        without: [...unverified, line(oauth, 'if (length !== 3) {', 'if (!length) {')],
        fail: { [signatures]: ['with two parts'], [attempts]: ['with four parts', 'with six parts'] },
      },
      {
        without: [
          ...unverified,
          line(
            oauth,
            "throw new UnsupportedOperationError('JWE decryption is not configured', { cause: jws });",
            "({ 0: protectedHeader, 1: payload, length } = Buffer.from(jws.split('.')[3], 'base64url').toString().split('.'));",
          ),
        ],
        fail: { [attempts]: ['inside a JWE by a password with two billion rounds'] },
      },
    ],
  },
}
