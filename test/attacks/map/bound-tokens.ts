import { type Attacks, line } from '../../support/attacks/attack.ts'

const proof = 'src/protocol/tokens/dpop-proof.ts'
const proofCheck = 'src/middleware/tokens/proof-check.ts'
const nonceSource = 'src/relying-party/proof-nonces.ts'
const bearer = 'src/middleware/tokens/bearer.ts'
const wrongProofs = 'middleware/tokens/bearer-dpop-wrong.slow.test.ts'
const nonces = 'middleware/tokens/bearer-dpop-nonces.slow.test.ts'
const schemes = 'middleware/tokens/bearer-dpop.test.ts'
const certificates = 'middleware/tokens/bearer-certificate.test.ts'

/** Tokens that are bound to a key or a certificate, and what a caller or a provider may try instead. */
export const boundTokens: Attacks = {
  'T-140': {
    what: 'A proof is sent again, to the same replica or another one.',
    proofs: [
      {
        without: [line(proofCheck, 'if (await marks.claim(id, period)) return', 'return')],
        fail: { [nonces]: ['at one process', 'of many copies that arrive at once', 'at all replicas'] },
      },
      {
        without: [line(nonceSource, 'ageOf(nonce) < NONCE_LIFETIME ? period : undefined', 'period')],
        fail: { [nonces]: ['after the clock was set back'] },
      },
    ],
  },
  'T-141': {
    what: 'A proof for one request is used for another one.',
    proofs: [
      {
        without: [line(proof, "if (htm !== request.method) throw refuseClaim('htm', request.method)")],
        fail: { [wrongProofs]: ['for another method', 'for a method in small letters'] },
      },
      {
        without: [
          line(
            proof,
            "if (!isSameTarget(htu, request.url)) throw refuseClaim('htu', withoutQuery(request.url))",
          ),
        ],
        fail: {
          [wrongProofs]: ['for another path', 'for another host', 'for another scheme', 'for a path alone'],
        },
      },
    ],
  },
  'T-142': {
    what: 'A proof is sent with another access token than it was made for.',
    proofs: [
      {
        without: [
          line(
            proof,
            "if (ath !== createHash('sha256').update(request.accessToken).digest('base64url'))\n    throw refuse('ath is not the hash of the access token')",
          ),
        ],
        fail: { [wrongProofs]: ['for another token'] },
      },
    ],
  },
  'T-143': {
    what: 'A stolen access token comes with a proof by a key of the thief.',
    proofs: [
      {
        without: [
          line(
            proof,
            "if (found !== jkt) throw refuse('its key is not the one that the access token is bound to')",
          ),
        ],
        fail: { [wrongProofs]: ['of another key'] },
      },
      {
        without: [
          line(
            proof,
            'return (await jwtVerify(proof, EmbeddedJWK, options)).payload',
            "return (await import('jose')).decodeJwt(proof)",
          ),
        ],
        fail: { [wrongProofs]: ['signed by another key', 'with a private key', 'of the type JWT'] },
      },
    ],
  },
  'T-144': {
    what: 'A proof is old, or was made for later.',
    proofs: [
      {
        without: [
          line(proof, "if (Math.abs(Date.now() / 1_000 - iat) > CLOCK_DIFFERENCE) throw refuseClaim('iat')"),
        ],
        fail: { [wrongProofs]: ['made five minutes ago', 'made in five minutes'] },
      },
      {
        without: [line(nonceSource, ' || Math.abs(period - periodNow()) > 1', '')],
        fail: { [nonces]: ['counts for a minute and the one after, and not longer'] },
      },
    ],
  },
  'T-145': {
    what: 'A proof was made without the nonce of the API, or with a made-up one.',
    proofs: [
      {
        without: [
          line(
            proofCheck,
            "if (period === undefined) throw new OidcError('ERR_OIDC_DPOP_NONCE_REQUIRED')",
            'if (period === undefined) return',
          ),
        ],
        fail: { [nonces]: ['is missing', 'is made up', 'is sealed for something else'] },
      },
    ],
  },
  'T-146': {
    what: 'A token that is bound to a key is sent as a bearer token.',
    proofs: [
      {
        without: [
          line(
            bearer,
            "if (!isProven && binding?.to === 'key') throw refusal('it is bound to a key, so it is not a bearer token')",
          ),
        ],
        fail: { [schemes]: ['is refused as a bearer token, with or without a proof'] },
      },
    ],
  },
  'T-147': {
    what: 'A token that is bound to nothing takes the place of a bound one.',
    proofs: [
      {
        without: [
          line(bearer, "if (isProven && binding?.to !== 'key') throw refusal('it is not bound to a key')"),
        ],
        fail: { [schemes]: ['is what the scheme DPoP is for: others are refused'] },
      },
      {
        without: [
          line(bearer, 'isBindingRequired: rp.settings.profile !== undefined', 'isBindingRequired: false'),
        ],
        fail: { [certificates]: ['only bound tokens pass'] },
      },
    ],
  },
  'T-148': {
    what: 'A token is bound in a way that this library does not check.',
    proofs: [
      {
        without: [
          line(
            'src/protocol/tokens/access-token-claims.ts',
            "throw refusal('it is bound to something other than a key that a DPoP proof shows, or a certificate')",
            'return undefined',
          ),
        ],
        fail: { [schemes]: ['a key that is a list', 'nothing that is named', 'a text'] },
      },
    ],
  },
  'T-149': {
    what: 'A token that is bound to a certificate comes over a connection with another one.',
    proofs: [
      {
        without: [
          line(
            'src/middleware/tokens/client-certificate.ts',
            "if (createHash('sha256').update(certificate).digest('base64url') !== thumbprint)",
            'if (false)',
          ),
        ],
        fail: { [certificates]: ['is refused with another one, with none, and with one in a header'] },
      },
    ],
  },
  'T-150': {
    what: 'The provider, or something in between, answers with a bearer token instead of a bound one.',
    proofs: [
      {
        without: [
          line(
            'src/protocol/tokens/token-response.ts',
            "isBound ? 'DPoP' : 'Bearer'",
            "isBound && type === 'dpop' ? 'DPoP' : 'Bearer'",
          ),
        ],
        fail: {
          'protocol/tokens/dpop-client.test.ts': [
            'than the bound one that was asked for signs nobody in',
            'a bearer token',
          ],
        },
      },
    ],
  },
}
