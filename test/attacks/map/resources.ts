import { type Attacks, line } from '../../support/attacks/attack.ts'

const words = 'src/vocabulary/clean-words.ts'
const stores = 'stores/stores.test.ts'

/** What an attacker can use up, and what is installed. */
export const resources: Attacks = {
  'T-135': {
    what: 'A store or a provider that never answers uses up the sockets of the app.',
    differs:
      'How long a client may take to send a request is for the server: requestTimeout and headersTimeout of Node.js.',
    proofs: [
      {
        without: [
          line(
            'src/stores/guarded-store.ts',
            'Promise.resolve(call()), deadline)',
            'Promise.resolve(call()), deadline + 3_000)',
          ),
        ],
        fail: { [stores]: ['guardStore ends a'] },
      },
    ],
  },
  'T-136': {
    what: 'Timers, listeners and finished work stay in memory.',
    differs: 'Whether memory and handles level off within an hour is judged by npm run soak, not by a test.',
    proofs: [
      {
        without: [
          line(
            'src/vocabulary/deadline.ts',
            'clearTimeout(timer)\n        resolve(result)',
            'resolve(result)',
          ),
        ],
        fail: { [stores]: ['guardStore leaves no timer behind that keeps a process alive'] },
      },
      {
        without: [
          line(
            'src/session/logout/login-watches.ts',
            'for (const id of ids) release(watches, id, connection)',
          ),
        ],
        fail: {
          'session/logout/login-watches.test.ts': [
            'a login is watched until the last of its connections is closed',
          ],
        },
      },
      {
        without: [line('src/vocabulary/single-flight.ts', '.finally(() => void running.delete(key))')],
        fail: {
          'session/tokens/access-tokens.test.ts': [
            'is renewed when it has expired, each time by the newest refresh token',
          ],
        },
      },
    ],
  },
  'T-137': {
    what: 'A text is made so that a regular expression takes ages to read it.',
    proofs: [
      {
        without: [line(words, '.slice(0, LONGEST_READ)')],
        fail: { 'vocabulary/clean-words.test.ts': ['are cut before their shapes are looked at'] },
      },
    ],
  },
  'T-138': {
    what: 'Repeated or nested parameters become lists and objects, where a text is expected.',
    proofs: [
      {
        without: [
          line(
            'src/middleware/request/request-parameters.ts',
            "if (typeof one === 'string') form.append(name, one)",
            'form.append(name, String(one))',
          ),
        ],
        fail: {
          'middleware/routes/logout/backchannel-logout-requests.test.ts': ['logout_token[toString]=1'],
        },
      },
      {
        without: [
          line(
            'src/middleware/request/request-parameters.ts',
            'return another === undefined ? value : undefined',
            'return value',
          ),
        ],
        fail: {
          'middleware/routes/logout/logout.test.ts': [
            'is repeated',
            'returns to the start page where the return path is repeated',
          ],
          'middleware/routes/logout/frontchannel-logout.test.ts': ['iss twice', 'sid twice'],
        },
      },
    ],
  },
  'T-139': {
    what: 'A package that the library depends on is exchanged for another one, or runs a script when it is installed.',
    proofs: [
      {
        without: [line('package.json', '"dependencies": {', '"dependencies": { "a": "1", "b": "1",')],
        fail: { 'house/supply-chain.test.ts': ['an app installs at most three packages with this one'] },
      },
      {
        without: [line('package.json', '"scripts": {', '"scripts": { "postinstall": "node x.js",')],
        fail: { 'house/supply-chain.test.ts': ['none of them runs a script'] },
      },
    ],
  },
}
