import { everywhere, type Faults } from '../../support/faults/fault-entry.ts'

/** Tokens, logouts, processes, and the app around them. */
export const logins: Faults = {
  'R-35': {
    what: 'Many requests at several replicas find the access token expired.',
    tests: {
      'session/tokens/refresh-race.slow.test.ts': [
        'make one token request, and all get its token',
        'make one when it takes longer than the lease',
      ],
    },
    differs: 'Without a valid token, the others wait up to 15 s: the process that renews it may have died.',
  },
  'R-36': {
    what: 'The answer to a refresh is lost, late or a failure.',
    tests: {
      'session/tokens/refresh-answers.test.ts': [
        '%s leaves the token that is still valid, is not repeated at once, and ends no login',
        'invalid_grant ends the login, once, for all who ask',
      ],
      'session/tokens/refresh-trouble.test.ts': [
        'after it is asked again, so that the new tokens are not lost',
      ],
    },
  },
  'R-37': {
    what: 'Hydra asks for a refresh to be repeated.',
    tests: {
      'session/tokens/access-tokens-hydra.test.ts': [
        'a refresh that must be repeated is, once, with the same token',
      ],
    },
  },
  'R-38': {
    what: 'A logout token comes before its sign-in has ended.',
    tests: {
      'session/logout/logout-points.test.ts': ['a logout token ends a sign-in that is being completed'],
      'session/logout/logout-races.slow.test.ts': [
        'a sign-in whose session is ended before it is saved, by %s, is refused',
      ],
    },
  },
  'R-39': {
    what: 'Logout tokens come twice, late or in another order.',
    tests: {
      'session/logout/logout-model.slow.test.ts': [
        'whatever happens side by side, exactly the logins that are meant are over',
      ],
      'middleware/routes/logout/backchannel-logout.test.ts': [
        'is not done twice, and its retry is answered by 200',
      ],
    },
  },
  'R-40': {
    what: 'Thousands of logout tokens come at once.',
    tests: {
      'middleware/routes/logout/logout-trouble.test.ts': [
        'lets so many through at a time, the others in turn, and turns away who would stand too far back',
      ],
      'attacks/logout-flood.slow.test.ts': [
        'hundreds of logout tokens at once, each of them twice, end their sessions and no other, in a slow store',
      ],
    },
    differs: 'What a flood costs is measured by npm run bench:logout and bench:flood, not by a test.',
  },
  'R-41': {
    what: 'Logout tokens come while the store is away.',
    tests: {
      ...everywhere,
      'middleware/routes/logout/backchannel-logout-trouble.test.ts': [
        'a logout token is answered by 503 and Retry-After, and the same one works later',
        'the tokens of Hydra are taken, and what fails at first succeeds at its retry',
      ],
    },
    differs: 'The provider sends it again; the app keeps no list of its own, which a restart would lose.',
  },
  'R-42': {
    what: 'The app is told to stop in the middle of its work.',
    tests: {
      'faults/once.slow.test.ts': ['ends the sign-ins that are under way'],
      'relying-party/changes/reconcile/leaving.test.ts': ['by close() deletes nothing'],
      'middleware/authenticate.test.ts': ['is closed when the relying party is'],
    },
    differs: 'The library installs no signal handler; docs/deployment.md shows how an app stops.',
  },
  'R-43': {
    what: 'The app streams events, or upgrades to a WebSocket.',
    tests: {
      'middleware/authenticate.test.ts': [
        'tells the user, and ends with the login',
        'opens for the user who is signed in',
      ],
    },
  },
  'R-44': {
    what: 'A process is killed during a sign-in, a refresh or a logout.',
    tests: {
      'faults/kills.slow.test.ts': ['during a %s leaves the others what they need'],
      'session/tokens/refresh-race.slow.test.ts': [
        'make one that succeeds when its process is killed before',
      ],
    },
  },
  'R-45': {
    what: 'Two releases of an app share sessions and records.',
    tests: {
      'relying-party/changes/reconcile/draining-releases.test.ts': [
        'both sign users in, change nothing, and leave nothing when the older one has stopped',
      ],
      'relying-party/later-release.test.ts': [
        'users stay signed in, and their tokens are renewed',
        'logouts find their logins',
        'the client is kept, changed and rotated, and nothing is lost of what is not known',
      ],
    },
    differs:
      'There is one version of the library so far, so a test makes up what a later one adds to records.',
  },
  'R-46': {
    what: 'Secrets that seal records and cookies change.',
    tests: {
      'stores/sealed-store.test.ts': ['opens with any key, seals with the first, and so moves to a new one'],
      'protocol/sealing.test.ts': ['is opened by every key, and by no other relying party'],
    },
  },
  'R-47': {
    what: 'The process stands still for seconds.',
    tests: {
      'stores/lease.test.ts': ['work that slept through the end of its lease sends nothing more'],
      'session/tokens/refresh-race.slow.test.ts': ['make one when it takes longer than the lease'],
    },
  },
  'R-48': {
    what: 'The middleware is mounted or configured in a way that cannot work.',
    tests: {
      'trouble/wrong-mount.test.ts': ['a mount path that does not fit baseUrl is named once'],
      'trouble/wrong-session.test.ts': [
        'sessions that are not those of express-session are refused at the first request',
      ],
      'trouble/lost-session.test.ts': [
        'a session that does not come back ends in one page and one line of the log',
      ],
      'session/login/session-trouble.test.ts': ['without a session middleware every page answers 500'],
    },
  },
  'R-49': {
    what: 'The heap is small.',
    tests: {
      'faults/small-heap.slow.test.ts': [
        'survives users, forged callbacks and large bodies at the same time',
      ],
    },
  },
  'R-50': {
    what: 'All of it at random, for a long time.',
    tests: { 'faults/soak.slow.test.ts': ['keeps users signed in who are, and nobody else'] },
    differs: 'The test takes seconds. npm run soak takes an hour, and judges whether memory levels off, too.',
  },
}
