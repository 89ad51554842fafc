import { everywhere, type Faults } from '../../support/faults/fault-entry.ts'

/** Clocks, disks and stores. */
export const stores: Faults = {
  'R-25': {
    what: 'The disk is full or read-only, before and after the first sign-in.',
    tests: {
      'relying-party/changes/heal/heal-disk.slow.test.ts': [
        'that is full gets no registration, and the message names the folder',
        'that is full after the first sign-in stops no sign-in',
        'that is read-only gets no registration, and serves the client that it holds',
      ],
    },
  },
  'R-26': {
    what: 'The store is down when the app starts.',
    tests: {
      ...everywhere,
      'relying-party/changes/register/registration-store.test.ts': [
        'that never answers gets no registration',
      ],
    },
  },
  'R-27': {
    what: 'The clocks of app and provider differ, or one is set while the app runs.',
    tests: {
      'protocol/requests/clocks.test.ts': ['whose clock is %i s ahead, everything works'],
      'relying-party/clock-set.test.ts': ['a clock that is set by %i ms'],
      'session/login/clock-set.test.ts': ['a session that was taken for expired while the clock was ahead'],
      'house/wall-clock.test.ts': ['the source asks the wall clock only where the table says why'],
    },
  },
  'R-28': {
    what: 'The session store is down while users read.',
    tests: {
      ...everywhere,
      'session/login/session-trouble.test.ts': ['guarded pages answer 503 and public pages work'],
    },
    differs:
      'express-session reads the session: how long a store may be silent is a setting of its client, and a request with a cookie fails before it reaches the library.',
  },
  'R-29': { what: 'The stores are slow.', tests: everywhere },
  'R-30': {
    what: 'Redis fails over to a replica that lacks the last writes.',
    tests: {
      'faults/stores.slow.test.ts': ['that fails over and loses its last writes'],
      'session/logout/lost-index.test.ts': ['after the store has lost the index of logins'],
    },
    differs:
      'A session that was ended in the lost seconds comes back: docs/logout.md says how Redis prevents it.',
  },
  'R-31': {
    what: 'Redis has no memory left.',
    tests: { 'faults/stores.slow.test.ts': ['whose memory is full'] },
  },
  'R-32': {
    what: 'The session of a sign-in cannot be saved.',
    tests: {
      'session/login/session-trouble.test.ts': [
        'a callback whose session cannot be saved answers 503, sets no session cookie and signs nobody in',
      ],
    },
  },
  'R-33': {
    what: 'A session cannot be renewed or deleted.',
    tests: {
      'session/login/session-trouble.test.ts': [
        'a callback whose session cannot be renewed answers 503',
        'a logout whose session cannot be ended answers 503 and does not claim to be done',
      ],
    },
  },
  'R-34': {
    what: 'The row of a session is damaged.',
    tests: {
      'session/login/damaged-login.test.ts': ['signs nobody in, is reported, and makes room for a new one'],
    },
  },
}
