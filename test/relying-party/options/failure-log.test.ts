import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type FailureLog, failureLog } from '../../../src/relying-party/options/failure-log.ts'
import { OidcError } from '../../../src/vocabulary/errors.ts'

const MINUTE = 60_000
const lines: string[] = []
let failures: FailureLog

beforeEach(() => {
  vi.useFakeTimers()
  lines.length = 0
  failures = failureLog(line => lines.push(line))
})
afterEach(() => {
  vi.useRealTimers()
})

const refused = (reason: string): OidcError =>
  new OidcError('ERR_OIDC_CODE_REFUSED', { reason, clientId: 'c1' })
const SENTENCE = 'The provider did not accept the authorization code of this sign-in'

describe('a failure', () => {
  test('is logged once, with its code, client and reference', () => {
    const error = refused('HTTP 400')
    failures.report(error, 'GET /callback: ')
    failures.report(error)
    failures.report(new OidcError('ERR_OIDC_LOGIN_ENDED', { cause: error }))
    failures.count(error)
    vi.advanceTimersByTime(3 * MINUTE)
    expect(lines).toEqual([
      `GET /callback: ${SENTENCE}: HTTP 400. (ERR_OIDC_CODE_REFUSED, client c1, reference ${error.reference})`,
    ])
  })

  test('that is repeated is counted, even if its numbers differ, in one line a minute', () => {
    const errors = Array.from({ length: 42 }, (_, index) => refused(`it expired ${index} s ago`))
    for (const error of errors) failures.report(error)
    expect(lines).toHaveLength(1)
    vi.advanceTimersByTime(MINUTE)
    const named = errors.slice(1, 11).map(({ reference }) => reference)
    expect(lines.slice(1)).toEqual([
      `… 41 more in the last minute: ${SENTENCE}: it expired 0 s ago. (ERR_OIDC_CODE_REFUSED, client c1, references ${named.join(' ')} and 31 others)`,
    ])
    failures.report(refused('it expired 7 s ago'))
    vi.advanceTimersByTime(MINUTE)
    expect(lines[2]).toContain('… 1 more in the last minute')
  })

  test('after a minute without it is logged in full again', () => {
    failures.report(refused('HTTP 400'))
    vi.advanceTimersByTime(MINUTE)
    failures.report(refused('HTTP 400'))
    expect(lines.filter(line => line.startsWith(SENTENCE))).toHaveLength(2)
  })

  test('of other reasons than five is only counted, so that nobody fills the log', () => {
    for (let index = 0; index < 1_000; index += 1) failures.report(refused('x'.repeat(index)))
    failures.report(new OidcError('ERR_OIDC_ACCESS_DENIED'))
    expect(lines).toHaveLength(6)
    expect(lines[5]).toContain('ERR_OIDC_ACCESS_DENIED')
    vi.advanceTimersByTime(MINUTE)
    expect(lines.slice(6)).toEqual([
      expect.stringMatching(
        /^… 995 more in the last minute: other reasons \(ERR_OIDC_CODE_REFUSED, references /,
      ),
    ])
  })

  test('stays on one line, without commands for a terminal', () => {
    failures.report(refused('a\r\nb\u001b[31mc\u202ed'), 'GET /\u0007: ')
    expect(lines[0]).toMatch(/^GET \/ : .* sign-in: a b c d\. \(ERR_OIDC_CODE_REFUSED/)
  })

  test('does not depend on the clock of the machine', () => {
    failures.report(refused('HTTP 400'))
    failures.report(refused('HTTP 400'))
    vi.setSystemTime(0)
    vi.advanceTimersByTime(MINUTE)
    expect(lines[1]).toContain('… 1 more')
  })
})

describe('what anybody can cause', () => {
  test('is only counted, all of it in one line a minute', () => {
    for (let index = 0; index < 30; index += 1) failures.count(new OidcError('ERR_OIDC_STATE_UNKNOWN'))
    failures.count(new OidcError('ERR_OIDC_BODY_INVALID'))
    expect(lines).toEqual([])
    vi.advanceTimersByTime(5 * MINUTE)
    expect(lines).toEqual([
      expect.stringMatching(
        /^Requests in the last minute that belong to no sign-in of this app: 30 × ERR_OIDC_STATE_UNKNOWN, references (\w{8} ){10}and 20 others; 1 × ERR_OIDC_BODY_INVALID, reference \w{8}\.$/,
      ),
    ])
  })

  test('is told when the app closes, and no timer stays', () => {
    failures.count(new OidcError('ERR_OIDC_STATE_UNKNOWN'))
    failures.report(refused('HTTP 400'))
    failures.report(refused('HTTP 400'))
    failures.flush()
    expect(lines).toHaveLength(3)
    expect(vi.getTimerCount()).toBe(0)
  })
})
