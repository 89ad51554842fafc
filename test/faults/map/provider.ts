import { everywhere, type Faults } from '../../support/faults/fault-entry.ts'

/** The provider. */
export const provider: Faults = {
  'R-01': {
    what: 'The provider is down when the app starts.',
    tests: {
      ...everywhere,
      'relying-party/provider-away.test.ts': [
        'public pages work, and what needs it answers 503',
        'all works by itself within seconds after it is back',
      ],
    },
    differs: 'An app that starts without its provider serves no sign-in from an older configuration.',
  },
  'R-02': {
    what: 'The provider accepts connections and answers nothing.',
    tests: {
      ...everywhere,
      'relying-party/changes/heal/forgotten-client.test.ts': [
        'holds no start and no sign-in for long when the token endpoint does not answer',
      ],
    },
  },
  'R-03': {
    what: 'Discovery answers a failure, a page, a redirect, another issuer, half a document, or one without end.',
    tests: {
      'protocol/provider/provider-discovery.test.ts': [
        'fails with the address and the reason, and all works when it is corrected',
        'for five seconds fails too, and all works when it is corrected',
      ],
      'protocol/provider/fresh-configuration.test.ts': [
        'because it %s is said once, and users sign in as before',
      ],
    },
  },
  'R-04': {
    what: 'The provider comes and goes.',
    tests: {
      ...everywhere,
      'relying-party/provider-away.test.ts': [
        'a visitor hastens the next attempt, many visitors no more than one a second',
      ],
    },
  },
  'R-05': {
    what: 'The token endpoint does not answer after it has got the code.',
    tests: { 'faults/once.slow.test.ts': ['whose exchange is not answered is sent once'] },
  },
  'R-06': {
    what: 'UserInfo fails or is slow.',
    tests: {
      'middleware/tokens/user-info-at-login.test.ts': [
        'keeps the user out where it is required',
        'is done without as best effort, and told',
      ],
    },
  },
  'R-07': {
    what: 'The provider closes a connection that would be used again.',
    tests: {
      'faults/once.slow.test.ts': [
        'costs no user a second attempt',
        'while a sign-in is away costs nobody a second attempt',
      ],
    },
  },
  'R-08': {
    what: 'The certificate has expired or is for another host or self-signed, or the name is gone, while the app runs.',
    tests: {
      ...everywhere,
      'protocol/requests/tls-faults.test.ts': [
        'that has expired',
        'for another host',
        'with a self-signed certificate',
      ],
      'protocol/requests/network-faults.test.ts': ['to an unknown host'],
    },
  },
  'R-09': {
    what: 'The provider changes its signing key, and publishes both for a while.',
    tests: {
      'protocol/provider/provider-keys.test.ts': ['are fetched once for sign-ins that end at the same time'],
      'protocol/tokens/id-token-signature.test.ts': ['by another published key signs the user in'],
    },
  },
  'R-10': {
    what: 'The provider changes its key without overlap, right after the app has read it.',
    tests: {
      'protocol/provider/provider-keys.test.ts': [
        'may be replaced right after they were fetched, without overlap',
      ],
      'protocol/provider/key-budgets.test.ts': [
        'does not keep the app from a key that the provider has changed since',
      ],
    },
  },
  'R-11': {
    what: 'The keys of the provider cannot be read.',
    tests: {
      'protocol/provider/provider-keys.test.ts': [
        'still verify, when known, while their endpoint is %s',
        'refuse nothing for good that an unknown one has signed, while their endpoint is %s',
        'are asked for a few times only, however many unknown ones come',
      ],
    },
  },
  'R-11b': {
    what: 'The provider signs with another algorithm.',
    doesNotApply: {
      page: 'security.md',
      sentence:
        'A provider that begins to sign with another algorithm than the one that it registered for the client signs nobody in',
    },
  },
  'R-12': {
    what: 'A key was withdrawn.',
    tests: {
      'protocol/provider/provider-keys.test.ts': ['that were withdrawn verify nothing after ten minutes'],
    },
  },
  'R-13': {
    what: 'The provider answers 429.',
    tests: {
      'session/tokens/refresh-answers.test.ts': [
        '429 is followed by the next one when the provider allows it',
      ],
      'relying-party/changes/heal/heal-trouble.test.ts': ['HTTP 429'],
      'relying-party/changes/register/registration-refused.test.ts': [
        'is not repeated at once, and ready() waits its time',
      ],
    },
  },
}
