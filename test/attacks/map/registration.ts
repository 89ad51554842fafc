import { type Attacks, line } from '../../support/attacks/attack.ts'

const granted = 'src/protocol/registration/granted-client.ts'
const unusable = 'relying-party/changes/register/unusable-grant.test.ts'
const folder = 'src/stores/files/private-directory.ts'
const files = 'stores/files/file-store.test.ts'
const assertion = 'protocol/client-authentication/client-assertion.test.ts'
const attempts = 'attacks/registration.slow.test.ts'
const gone = 'relying-party/changes/heal/heal-client-gone.test.ts'

/** Registration and the credentials of the client. */
export const registration: Attacks = {
  'T-10': {
    what: 'The provider registers other redirect URIs, flows or algorithms than the app asked for.',
    differs:
      'An authentication method that this library supports is used even if it is not the one that was asked for, and the log says so.',
    proofs: [
      {
        without: [line(granted, 'findWrongAddress(granted, requested) ??')],
        fail: { [unusable]: ['one more address', 'no address'] },
      },
      {
        without: [line(granted, 'if (unsupported) {', 'if (!granted && unsupported) {')],
        fail: {
          [unusable]: ['an algorithm that is not supported', 'encryption', 'another flow'],
        },
      },
    ],
  },
  'T-11': {
    what: 'The provider says that the client is managed elsewhere, to get the registration access token sent there.',
    proofs: [
      {
        without: [
          line(
            'src/protocol/registration/client-management.ts',
            ' && new URL(uri).origin === endpoint.origin',
          ),
        ],
        fail: { [attempts]: ['is never sent to > another host'] },
      },
    ],
  },
  'T-12': {
    what: 'The registration brings no credentials, or ones of another type or size.',
    differs:
      'An expiry of the secret that is no time counts as none: the secret is used until it is refused.',
    proofs: [
      {
        without: [line(granted, 'granted.client_secret === undefined', 'granted.client_id === undefined')],
        fail: { [unusable]: ['no secret', 'a secret that is no text'] },
      },
      {
        without: [line(granted, 'client_id === undefined || client_id.length > 512', 'client_id === null')],
        fail: {
          [attempts]: ['an id of 513 characters', 'an id of a megabyte', 'a number as id', 'an empty id'],
        },
      },
    ],
  },
  'T-13': {
    what: 'Secrets of the client are read from the disk, the log, an error or what a program prints.',
    proofs: [
      {
        without: [
          line(
            'src/protocol/sign-in/authorization.ts',
            "[response.get('code') ?? '', request.codeVerifier, request.nonce, request.state]",
            '[]',
          ),
        ],
        fail: { 'middleware/secrets.test.ts': ['a refused code'] },
      },
      {
        without: [
          line(folder, '{ recursive: true, mode: 0o700 }', '{ recursive: true }'),
          line(folder, 'if (mode & 0o077) await fs.promises.chmod(directory, 0o700)'),
          line('src/stores/files/file-store.ts', "open(temporary, 'wx', 0o600)", "open(temporary, 'wx')"),
        ],
        fail: { [files]: ['is for the owner alone', 'is closed to others when it was open'] },
      },
    ],
  },
  'T-14': {
    what: 'Another user of the machine makes the folder for client records beforehand, or a link in its place.',
    proofs: [
      {
        without: [line(folder, "own.isDirectory() ? own : refuse(directory, 'is a link')", 'own')],
        fail: { [files]: ['is refused for a > when it is a link'] },
      },
      {
        without: [line(folder, "if (uid !== process.getuid()) refuse(directory, 'belongs to another user')")],
        fail: { [attempts]: ['that belongs to another user is refused'] },
      },
    ],
  },
  'T-15': {
    what: 'The stored client of another issuer or environment is used, or written over.',
    proofs: [
      {
        without: [
          line('src/relying-party/record/client-record.ts', '{digest(issuer)}', '{kind}'),
          line('src/relying-party/record/client-record.ts', ' && value.issuer === issuer'),
        ],
        fail: { [attempts]: ['a record of another issuer with the same name'] },
      },
    ],
  },
  'T-16': {
    what: 'The provider has deleted the client: every sign-in ends on its error page, or each replica registers again and again.',
    proofs: [
      {
        without: [
          line('src/relying-party/changes/registration-limits.ts', 'if (isProviderLocal) return', 'return'),
        ],
        fail: { [gone]: ['is replaced at most once in ten minutes', 'are made at most once in ten minutes'] },
      },
      {
        without: [
          line(
            'src/relying-party/client/client-watch.ts',
            'clients.record !== undefined && performance.now() - Math.max(aliveAt, askedAt) >= REMOTE_FRESH',
            'false',
          ),
        ],
        fail: {
          'relying-party/changes/heal/forgotten-client-far.test.ts': ['is asked before the next sign-in'],
        },
      },
    ],
  },
  'T-17': {
    what: 'A request with forged headers decides what the app registers.',
    proofs: [
      {
        without: [
          line(
            'src/middleware/relying-party.ts',
            'find(req).handle(req, res, next)',
            "Object.assign(globalThis, { forged: req.headers['x-forwarded-host'] })\n    find(req).handle(req, res, next)",
          ),
          line(
            'src/relying-party/record/requested-metadata.ts',
            'redirect_uris: addresses.map(({ redirectUri }) => redirectUri)',
            "redirect_uris: addresses.map(({ redirectUri }) => redirectUri.replace('localhost', Reflect.get(globalThis, 'forged') ?? 'localhost'))",
          ),
        ],
        fail: { [attempts]: ['a first request with forged headers registers nothing of them'] },
      },
    ],
  },
  'T-18': {
    what: 'An assertion of the client is for several audiences, or can be sent again at another server.',
    differs:
      'An assertion is valid for up to five minutes, because clocks of servers differ; each is sent once.',
    proofs: [
      {
        without: [
          line(
            'src/protocol/client-authentication/client-assertion.ts',
            "payload['aud'] = audience",
            "payload['aud'] = [audience, 'https://other.example']",
          ),
        ],
        fail: { [assertion]: ['says who we are, to one audience'] },
      },
    ],
  },
}
