import { type Attacks, line } from '../../support/attacks/attack.ts'

const kinds = 'src/protocol/tokens/token-kind.ts'
const claims = 'protocol/tokens/id-token.test.ts'
const signatures = 'protocol/tokens/id-token-signature.test.ts'
const rewritten = 'attacks/rewritten-tokens.slow.test.ts'
const attempts = 'attacks/id-token-claims.slow.test.ts'

/** Tokens of other kinds, sizes and spellings in place of an ID token. */
export const tokenKinds: Attacks = {
  'T-57': {
    what: 'A logout token is used as an ID token.',
    proofs: [
      {
        without: [
          line(kinds, "if (type !== undefined && type !== 'jwt') return 'its typ is not JWT'"),
          line(kinds, "isLogout ? 'it is a logout token' : undefined", 'isLogout && undefined'),
        ],
        fail: {
          [claims]: ['with a logout event'],
          [signatures]: ['with typ logout+jwt'],
          [attempts]: ['with a logout event and a nonce', 'of the type > secevent+jwt'],
        },
      },
    ],
  },
  'T-58': {
    what: 'An access token is used as an ID token.',
    proofs: [
      {
        without: [line(kinds, "if (type !== undefined && type !== 'jwt') return 'its typ is not JWT'")],
        fail: {
          [signatures]: ['with typ at+jwt'],
          [attempts]: ['of the type > at+jwt', 'of the type > application/at+jwt'],
        },
      },
    ],
  },
  'T-59': {
    what: 'An ID token is huge, nested without end, no UTF-8, or says two things about one claim.',
    differs:
      'A token may be as large as an answer, 1 MiB: groups of a user take more than 16 KB. Of two members of a name, the last counts.',
    proofs: [
      {
        without: [
          line('src/protocol/requests/bounded-fetch.ts', 'if (size > limit) throw', 'if (size < 0) throw'),
        ],
        fail: { 'protocol/tokens/provider-tokens.test.ts': ['a gzip bomb'] },
      },
      {
        without: [line('src/protocol/tokens/signature.ts', 'if (isTooDeep(payload))', 'if (!verified)')],
        fail: { 'attacks/nesting.slow.test.ts': ['whose claims are nested in 65 levels'] },
      },
      {
        without: [line('node_modules/jose/dist/webapi/lib/buffer_utils.js', '{ fatal: !0 }', '{}')],
        fail: { 'attacks/id-token-claims.slow.test.ts': ['that is no UTF-8 signs nobody in'] },
      },
    ],
  },
  'T-60': {
    what: 'A token is written in another way, with the same content, so that it counts as a new one.',
    proofs: [
      {
        without: [
          line(
            'src/protocol/tokens/logout-token.ts',
            "const { jti = '', iat = 0, sid, sub } = payload as",
            'const jti = text\n  const { iat = 0, sid, sub } = payload as',
          ),
        ],
        fail: { [rewritten]: ['a logout token that was used, written with > a spare bit changed'] },
      },
      {
        without: [line('src/protocol/tokens/dpop-proof.ts', 'jti}`)', 'proof}`)')],
        fail: { [rewritten]: ['the other half of its signature > does not count again'] },
      },
    ],
  },
}
