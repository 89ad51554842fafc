import type { Faults } from '../../support/faults/fault-entry.ts'

/** The client, its record, and the lease for both. */
export const client: Faults = {
  'R-14': {
    what: 'The client was deleted at the provider.',
    tests: {
      'relying-party/changes/heal/heal-client-gone.test.ts': [
        'is replaced while somebody signs in, whose sign-in starts again by itself',
        'of three replicas is replaced once, however many sign-ins find out at once',
      ],
      'relying-party/changes/heal/forgotten-client.test.ts': [
        'as often as it likes, costs no user a second attempt',
      ],
    },
  },
  'R-15': {
    what: 'The secret expires.',
    tests: {
      'relying-party/changes/rotate/rotation-schedule.test.ts': [
        'after %s is renewed in time, and again',
        'whatever is done about it is not renewed without end',
      ],
    },
  },
  'R-16': {
    what: 'An administrator or another replica has changed the credentials.',
    tests: {
      'relying-party/changes/heal/heal-credentials.test.ts': [
        'to the secret is learned where the provider tells it, and the sign-in goes on',
        'to the secret at Hydra, which does not tell it, leads to a new client',
      ],
      'relying-party/changes/rotate/rotation-secret.test.ts': [
        'makes another replica read again and try once more, and the user is signed in',
      ],
    },
  },
  'R-17': {
    what: 'Credentials rotate while users sign in and out.',
    tests: { 'relying-party/changes/rotate/rotation-soak.slow.test.ts': ['by %s'] },
  },
  'R-18': {
    what: 'The registration access token is lost or void.',
    tests: {
      'relying-party/changes/heal/heal-credentials.test.ts': [
        'that voids the registration access token leaves sign-in as it was',
      ],
      'relying-party/changes/heal/unmanageable-client.test.ts': [
        'is not replaced as long as its credentials are valid',
      ],
    },
  },
  'R-19': {
    what: 'Two releases with different options run side by side.',
    tests: {
      'relying-party/changes/reconcile/reconcile-releases.test.ts': [
        'that differ in their %s never undo each other, and both sign users in',
      ],
    },
  },
  'R-20': {
    what: 'The app is killed at any point of a registration, a change or a rotation.',
    tests: {
      'relying-party/changes/register/crash-matrix.slow.test.ts': [
        'an app that is killed at any point starts again',
      ],
    },
  },
  'R-21': {
    what: 'Many processes start at once with an empty store.',
    tests: {
      'relying-party/changes/register/start-race.slow.test.ts': [
        'processes that start at the same instant make one client',
      ],
    },
  },
  'R-22': {
    what: 'The holder of a lease stands still for longer than it lasts, and then goes on.',
    tests: {
      'stores/lease.test.ts': ['work that slept through the end of its lease sends nothing more'],
      'relying-party/changes/heal/replicas-split.test.ts': [
        'keep the first client if it is put back while the other one registers, and delete the second',
      ],
    },
  },
  'R-23': {
    what: 'The holder of a lease was killed.',
    tests: { 'stores/lease.test.ts': ['one of a process that has died is taken after its duration'] },
  },
  'R-24': {
    what: 'The client record is damaged, or was written by another version.',
    tests: {
      'stores/files/file-store.test.ts': [
        'says which file holds %j instead of a record',
        'never takes a record that was cut off anywhere for a whole one',
      ],
      'stores/damaged-records.test.ts': ['is named by its key, without a piece of it'],
      'stores/damaged-keys.test.ts': [
        'and is the %s of the client stops sign-in, and no client is registered in its place',
        'and is the one that tokens are bound to stops sign-in until it is repaired',
      ],
      'relying-party/changes/heal/heal-store.test.ts': [
        'while the app runs is reported, registers nothing, and is used again when it is repaired',
      ],
    },
    differs:
      'A damaged record is named and left for an administrator: registering again would leave a client behind.',
  },
}
