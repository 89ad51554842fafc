import { describe, expect, test as unit } from 'vitest'
import { findProblems } from '../../../../src/session/status-problems.ts'
import { startReported } from '../../../support/apps/reported-app.ts'
import { showLogin } from '../../../support/logout/logout-pages.ts'
import { logOut, test, visit } from '../../../support/logout.ts'

test('the status counts renewed tokens, and the sign-outs of the provider', async ({ provider, start }) => {
  provider.issuesRefreshToken = () => true
  provider.tokenResponse = body => ({ ...body, expires_in: 1 })
  const app = await startReported(start, {
    after: express => {
      showLogin(express)
      express.get('/renewed', async (req, res) => {
        await req.oidc.getAccessToken().catch(() => undefined)
        res.end()
      })
    },
  })
  const { browser, sid, sub } = await visit(app)
  await browser.open(`${app.url}/renewed`)
  expect((await app.report()).process.sessions).toMatchObject({
    refreshes: 1,
    providerLogouts: 0,
    endedLogins: 0,
  })
  expect(await logOut(provider, app, { sid, sub })).toBe(200)
  expect((await app.report()).process.sessions).toMatchObject({
    refreshes: 1,
    providerLogouts: 1,
    endedLogins: 1,
  })
})

const NOW = Date.parse('2026-12-01T12:00:00Z')
const at = (minutes: number): string => new Date(NOW + minutes * 60_000).toISOString()
const lastError = { code: 'ERR_OIDC_PROVIDER_UNAVAILABLE', sentence: 'The disk is full.' } as const

/** What is found in a report in which nothing is wrong but this. */
function found({
  process = {},
  nextRotationAt = at(60),
}: {
  process?: object
  nextRotationAt?: string
} = {}): string[] {
  const app = {
    issuer: 'https://op.test',
    baseUrls: [],
    name: 'shop',
    isRegistered: true,
    retiring: [],
    nextRotationAt,
  }
  const sessions = {
    signIns: 0,
    refreshes: 0,
    providerLogouts: 0,
    endedLogins: 0,
    watchedLogins: 0,
    uncheckedSessions: 0,
  }
  const fine = {
    state: 'ready',
    host: 'pod-1',
    pid: 1,
    startedAt: at(-60),
    provider: {},
    stores: { records: { state: 'available' }, sessions: { state: 'unknown' } },
    sessions,
    errors: [],
  } as const
  return findProblems({ app, process: { ...fine, ...process }, placeFault: undefined, now: NOW })
}

describe('a problem is', () => {
  unit.each([
    ['that nobody can sign in yet', { process: { state: 'starting' } }, /have not finished/],
    ['that the app was closed', { process: { state: 'closed' } }, /was closed/],
    [
      'failing maintenance',
      { process: { lastError } },
      /maintain.+The disk is full\. \(ERR_OIDC_PROVIDER_UNAVAILABLE\)/,
    ],
    ['an overdue rotation', { nextRotationAt: at(-11) }, /should have been renewed at 2026-12-01T11:49/],
    [
      'a provider that failed',
      { process: { provider: { lastFailureAt: at(-1), lastFailure: 'x' } } },
      /did not answer/,
    ],
  ])('%s', (_, changed, expected) => {
    expect(found(changed)).toEqual([expect.stringMatching(expected)])
  })

  unit.each([
    ['nothing', {}],
    ['a rotation that is about to happen', { nextRotationAt: at(-9) }],
    [
      'a provider that has answered since',
      { process: { provider: { lastFailureAt: at(-2), lastAnswerAt: at(-1) } } },
    ],
  ])('not %s', (_, changed) => {
    expect(found(changed)).toEqual([])
  })
})
