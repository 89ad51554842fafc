import { readSource } from './source-text.ts'

/** Why the wall clock is right somewhere: the time leaves this process, or comes from outside of it. */
export const reasons = {
  record: 'The time is kept in the client record, which outlives the process and is read by every replica.',
  login:
    'The time is kept in the session or beside it, which outlive the process and are read by every replica.',
  index: 'The time says until when an entry that every replica reads is needed.',
  cookie: 'The time is sealed in a cookie, so that the browser brings it to any replica.',
  nonce: 'The time is sealed in a nonce, so that a caller brings it to any replica.',
  file: 'The time is kept in a file or was set by the file system, for other processes.',
  claim: "The time is compared with one in the provider's token or answer, or sent to the provider.",
  clock: 'It compares the wall clock with another clock.',
  report: 'The time is told to operators.',
  testing: "It makes tokens and sessions for an app's tests, with the times that a provider would write.",
} as const

type Reason = keyof typeof reasons

/** Each use of the wall clock in `src/`: how many in a file, and why a clock that nobody sets would not do. */
export const allowedUses: Readonly<Record<string, readonly [uses: number, reason: Reason]>> = {
  'middleware/tokens/bearer-verifier.ts': [1, 'claim'],
  'middleware/tokens/user-info-upkeep.ts': [1, 'login'],
  'middleware/tokens/user-info.ts': [1, 'login'],
  'protocol/client-authentication/client-assertion.ts': [1, 'claim'],
  'protocol/client-authentication/credential-source.ts': [2, 'claim'],
  'protocol/requests/failed-check.ts': [1, 'claim'],
  'protocol/requests/provider-clock.ts': [1, 'clock'],
  'protocol/client-authentication/signed-client-secret.ts': [1, 'claim'],
  'protocol/sign-in/authorization.ts': [1, 'login'],
  'protocol/sign-in/step-up.ts': [1, 'claim'],
  'protocol/tokens/access-token-claims.ts': [1, 'claim'],
  'protocol/tokens/dpop-proof.ts': [1, 'claim'],
  'protocol/tokens/id-token.ts': [2, 'claim'],
  'protocol/tokens/refresh.ts': [1, 'login'],
  'relying-party/changes/accept-granted.ts': [2, 'record'],
  'relying-party/changes/heal-client.ts': [5, 'record'],
  'relying-party/record/key-fetching.ts': [1, 'record'],
  'relying-party/client/maintenance-tasks.ts': [1, 'record'],
  'relying-party/changes/obtain-client.ts': [1, 'record'],
  'relying-party/client/proof-keys.ts': [1, 'record'],
  'relying-party/changes/reconcile-client.ts': [1, 'record'],
  'relying-party/record/record-times.ts': [1, 'record'],
  'relying-party/changes/register-client.ts': [2, 'record'],
  'relying-party/changes/registration-intent.ts': [2, 'record'],
  'relying-party/changes/registration-limits.ts': [2, 'record'],
  'relying-party/record/retired-clients.ts': [2, 'record'],
  'relying-party/changes/rotate-credentials.ts': [1, 'record'],
  'relying-party/changes/rotate-keys.ts': [3, 'record'],
  'relying-party/record/superseded-releases.ts': [1, 'record'],
  'relying-party/proof-nonces.ts': [1, 'nonce'],
  'relying-party/relying-party.ts': [1, 'record'],
  'relying-party/store-losses.ts': [5, 'index'],
  'session/browser/sign-in-mark.ts': [1, 'cookie'],
  'session/browser/transaction-cookies.ts': [1, 'cookie'],
  'session/browser/transactions.ts': [2, 'cookie'],
  'session/login/login.ts': [2, 'login'],
  'session/login/request-login.ts': [1, 'login'],
  'session/login/session-cookie.ts': [1, 'cookie'],
  'session/login/step-ups.ts': [1, 'login'],
  'session/login/token-record.ts': [2, 'login'],
  'session/logout/index-returns.ts': [1, 'index'],
  'session/logout/login-index.ts': [3, 'index'],
  'session/logout/login-watches.ts': [1, 'login'],
  'session/logout/logout-marks.ts': [1, 'index'],
  'session/session-return.ts': [1, 'cookie'],
  'session/setup-report.ts': [3, 'cookie'],
  'session/build-status-report.ts': [1, 'report'],
  'session/tokens/access-token-request.ts': [4, 'login'],
  'session/tokens/keep-refreshed.ts': [1, 'login'],
  'session/tokens/refresh-once.ts': [2, 'login'],
  'stores/files/file-store.ts': [2, 'file'],
  'stores/files/file-sweep.ts': [2, 'file'],
  'stores/files/private-directory.ts': [1, 'file'],
  'stores/sqlite-store.ts': [6, 'file'],
  'testing/access-token.ts': [1, 'testing'],
  'testing/provider-storage.ts': [1, 'testing'],
  'testing/signed-in.ts': [1, 'testing'],
  'vocabulary/stored-times.ts': [2, 'clock'],
}

/** How often code asks the wall clock. */
export function wallClockUses(text: string): number {
  return [
    ...readSource(text).code.matchAll(/\bDate\.now\b|\bnew Date(?!\w|\s*\(\s*[^\s)])|(?<!new )\bDate\(/g),
  ].length
}
