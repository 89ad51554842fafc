import { generateKeyPair, SignJWT } from 'jose'
import type { FailedSignIn } from './failed-sign-in.ts'

type Claims = Record<string, unknown>

const ID_TOKEN = { status: 400, code: 'ERR_OIDC_ID_TOKEN_INVALID' }
const claiming =
  (claims: (given: Claims) => Claims): FailedSignIn['cause'] =>
  provider => {
    provider.idToken = (given, header) => ({ claims: { ...given, ...claims(given) }, header })
  }

const NOW = (): number => Math.floor(Date.now() / 1_000)

/** ID tokens that a check refuses. */
export const wrongIdTokens: readonly FailedSignIn[] = [
  {
    wrong: 'the ID token names another issuer',
    cause: claiming(() => ({ iss: 'https://other.example' })),
    ...ID_TOKEN,
    logged: 'is not valid: iss is "https://other.example" instead of "ISSUER".',
  },
  {
    wrong: 'the ID token is for another client',
    cause: claiming(() => ({ aud: 'another' })),
    ...ID_TOKEN,
    logged: 'is not valid: aud is "another" instead of "CLIENT".',
  },
  {
    wrong: 'the ID token is for several clients, without azp',
    cause: claiming(({ aud }) => ({ aud: [aud, 'another'] })),
    ...ID_TOKEN,
    logged: 'aud names several audiences ("CLIENT", "another"), and azp does not name this app.',
  },
  {
    wrong: 'the ID token is for an API too',
    cause: claiming(({ aud }) => ({ aud: [aud, 'an-api'], azp: aud })),
    ...ID_TOKEN,
    logged: 'is not valid: aud also names "an-api", which options.trustedAudiences does not list.',
  },
  {
    wrong: 'the ID token was issued to another party',
    cause: claiming(() => ({ azp: 'another' })),
    ...ID_TOKEN,
    logged: 'is not valid: azp is "another" instead of "CLIENT".',
  },
  {
    wrong: 'the nonce is that of another sign-in',
    cause: claiming(() => ({ nonce: 'n0nce-of-another' })),
    ...ID_TOKEN,
    logged: 'is not valid: nonce is not the one of this sign-in.',
  },
  {
    wrong: 'the nonce is missing',
    cause: claiming(() => ({ nonce: undefined })),
    ...ID_TOKEN,
    logged: 'is not valid: nonce is missing.',
  },
  {
    wrong: 'the ID token has expired',
    cause: claiming(() => ({ exp: NOW() - 300 })),
    ...ID_TOKEN,
    logged: /is not valid: it has expired: exp is 30\d s in the past\./,
  },
  {
    wrong: 'the ID token is not valid yet',
    cause: claiming(() => ({ nbf: NOW() + 300 })),
    ...ID_TOKEN,
    logged: /is not valid: nbf is (299|300) s in the future\./,
  },
  {
    wrong: 'exp is missing',
    cause: claiming(() => ({ exp: undefined })),
    ...ID_TOKEN,
    logged: 'is not valid: exp is missing.',
  },
  {
    wrong: 'the ID token is signed with a shared secret',
    cause: provider => {
      provider.idToken = async claims =>
        new SignJWT(claims as Claims)
          .setProtectedHeader({ alg: 'HS256' })
          .sign(new TextEncoder().encode('a secret of 32 characters at least'))
    },
    ...ID_TOKEN,
    logged: 'is not valid: alg is "HS256" instead of "RS256".',
  },
  {
    wrong: 'the ID token is signed with a key that is not published',
    cause: provider => {
      provider.idToken = (claims, header) => ({ claims, header: { ...header, kid: 'another' } })
    },
    ...ID_TOKEN,
    logged: 'the provider publishes no key with the kid "another" for "RS256".',
  },
  {
    wrong: 'the signature of the ID token is forged',
    cause: provider => {
      provider.idToken = async (claims, header) => {
        const { privateKey } = await generateKeyPair('RS256')
        return new SignJWT(claims as Claims)
          .setProtectedHeader({ alg: 'RS256', kid: String(header.kid) })
          .sign(privateKey)
      }
    },
    ...ID_TOKEN,
    logged: "is not valid: its signature does not fit the provider's key with the kid ",
  },
  {
    wrong: 'the ID token is encrypted',
    cause: provider => {
      provider.idToken = () => 'e30.e30.e30.e30.e30'
    },
    ...ID_TOKEN,
    logged: 'is not valid: it is encrypted, and the client is not registered for that',
  },
  {
    wrong: 'the ID token is no JWT',
    cause: provider => {
      provider.idToken = () => 'opaque'
    },
    ...ID_TOKEN,
    logged: 'is not valid: it is not a signed JWT.',
  },
]
