import { type Attacks, line } from '../../support/attacks/attack.ts'

const jarm = 'src/protocol/sign-in/jwt-response.ts'
const responses = 'protocol/sign-in/jwt-response.test.ts'
const wrongResponses = 'protocol/sign-in/jwt-response-wrong.test.ts'
const profile = 'protocol/metadata/profile.test.ts'

/** What an app has asked for, and does not get. */
export const profiles: Attacks = {
  'T-151': {
    what: 'A signed authorization response is of another issuer or for another client, never expires, or is not signed as registered.',
    proofs: [
      {
        without: [line(jarm, 'issuer: metadata.issuer, audience: clientId, algorithms', 'algorithms')],
        fail: { [wrongResponses]: ['of another issuer', 'without an issuer'] },
      },
      {
        without: [
          line(
            jarm,
            "if (clientId === undefined || another !== undefined) throw reject('it is not a JWT for one audience')",
          ),
        ],
        fail: { [wrongResponses]: ['for one more client'] },
      },
      {
        without: [line(jarm, "requiredClaims: ['exp'],")],
        fail: { [wrongResponses]: ['that never expires'] },
      },
      {
        without: [line(jarm, 'algorithms: [...responseAlgorithms]', "algorithms: ['RS256', 'PS256']")],
        fail: { [responses]: ['is accepted with the registered algorithm only'] },
      },
    ],
  },
  'T-152': {
    what: 'A plain authorization response takes the place of the signed one that was asked for.',
    proofs: [
      {
        without: [
          line(
            jarm,
            'const response = takeResponse(parameters)',
            "if (!parameters.has('response')) return parameters\n  const response = takeResponse(parameters)",
          ),
        ],
        fail: { [responses]: ['is the only one that is accepted'] },
      },
    ],
  },
  'T-153': {
    what: 'A response comes without the encryption that was registered.',
    proofs: [
      {
        without: [
          line(
            'src/protocol/keys/response-encryption.ts',
            'if (!isEncrypted(text))\n    throw new UnopenedResponse',
            'if (!isEncrypted(text)) return text\n  if (false) throw new UnopenedResponse',
          ),
        ],
        fail: {
          'protocol/tokens/encrypted-responses.test.ts': [
            'refuses an ID token > that is not encrypted',
            'refuses UserInfo > that is not encrypted',
          ],
        },
      },
    ],
  },
  'T-154': {
    what: 'Under a profile, an ID token is signed with an older algorithm, or a response does not name its issuer.',
    proofs: [
      {
        without: [
          line(
            'src/protocol/metadata/profile.ts',
            'return profile === undefined ? signingAlgorithms : profileAlgorithms',
            'return signingAlgorithms',
          ),
        ],
        fail: { [profile]: ['an ID token that RS256 has signed signs nobody in'] },
      },
      {
        without: [
          line(
            'src/protocol/sign-in/authorization.ts',
            '(iss === undefined && !isRequired)',
            'iss === undefined',
          ),
        ],
        fail: { [profile]: ['a response without iss signs nobody in'] },
      },
    ],
  },
  'T-155': {
    what: 'UserInfo comes without the signature that was asked for, or with another algorithm.',
    proofs: [
      {
        without: [
          line(
            'src/protocol/tokens/user-info.ts',
            'if (algorithm !== undefined)\n    throw',
            'if (false)\n    throw',
          ),
        ],
        fail: { 'protocol/tokens/user-info-asked.test.ts': ['refuses it in JSON'] },
      },
      {
        without: [
          line(
            'src/protocol/tokens/user-info.ts',
            '.filter(algorithm => !isFixed || algorithm === userInfoAlgorithm)',
            '.slice()',
          ),
        ],
        fail: { 'protocol/tokens/user-info-asked.test.ts': ['refuses it with another algorithm'] },
      },
    ],
  },
}
