import { type Attacks, line } from '../../support/attacks/attack.ts'

const cache = 'src/protocol/provider/key-cache.ts'
const keyTests = 'protocol/provider/provider-keys.test.ts'
const poisoned = 'attacks/poisoned-keys.slow.test.ts'

/** Keys and signatures. */
export const keys: Attacks = {
  'T-65': {
    what: 'A flood of tokens with made-up key ids makes the app fetch the keys again and again.',
    proofs: [
      {
        without: [line(cache, '(!pending && !paid.take())', 'false')],
        fail: {
          'protocol/provider/key-budgets.test.ts': [
            'has the keys fetched a few times, and then gets no answer that is final',
          ],
          'attacks/logout-flood.slow.test.ts': [
            'writes nothing, has the keys fetched twice at most, and keeps out no genuine token',
          ],
        },
      },
      {
        without: [line(cache, 'paid.waiting >= paid.places', 'false')],
        fail: {
          'attacks/logout-flood.slow.test.ts': [
            'cannot fill the memory, or take the place of a genuine one, while the keys cannot be read',
          ],
        },
      },
    ],
  },
  'T-66': {
    what: 'The provider changes its keys right after they were fetched, and nobody can sign in.',
    proofs: [
      {
        without: [line(cache, 'if (keys && keys.reading > before) throw error', 'throw error')],
        fail: { [keyTests]: ['may be replaced right after they were fetched, without overlap'] },
      },
      {
        without: [line(cache, 'const before = readings', 'const before = readings - (pending ? 1 : 0)')],
        fail: {
          'protocol/provider/key-reads.test.ts': [
            'a sign-in finds the new one',
            'genuine logout tokens find the new one, with one more reading for all',
          ],
        },
      },
    ],
  },
  'T-67': {
    what: 'Keys that are weak, damaged, private, symmetric or too many stand beside the one that signs.',
    proofs: [
      {
        without: [line(cache, '.filter(isSigningKey)')],
        fail: {
          [poisoned]: ['too short', 'with an exponent of 1', 'published with their private part'],
        },
      },
      {
        without: [line(cache, '.slice(0, MOST_KEYS)')],
        fail: { [poisoned]: ['more than a hundred count no further'] },
      },
    ],
  },
  'T-68': {
    what: 'A token names no key, and the provider has many.',
    proofs: [
      {
        without: [
          line(
            'src/protocol/tokens/signature.ts',
            'if (error instanceof errors.JWKSMultipleMatchingKeys) return verifyByAny(error, token, options)',
          ),
        ],
        fail: {
          [keyTests]: ['are all tried, the right one'],
          [poisoned]: ['a token without kid finds its key among a hundred'],
        },
      },
    ],
  },
  'T-69': {
    what: 'Huge bodies and tokens use up the processor before anything is verified.',
    proofs: [
      {
        without: [line('src/middleware/request/request-parameters.ts', 'LARGEST = 16_384', 'LARGEST = 1e9')],
        fail: {
          'middleware/routes/logout/backchannel-logout-requests.test.ts': ['a form that is too large'],
        },
      },
      {
        without: [line('src/protocol/tokens/logout-token.ts', 'token.length > LONGEST', 'false')],
        fail: {
          'middleware/routes/logout/backchannel-logout-refusals.test.ts': ['that is longer than 8 KB'],
        },
      },
    ],
  },
}
