import { hostname } from 'node:os'
import express4 from 'express4'
import { describe, expect } from 'vitest'
import { memoryStore } from '../../../../src/index.ts'
import { testProvider } from '../../../../src/testing.ts'
import { openStatus, readStatus, test } from '../../../support/apps/reported-app.ts'
import { Browser } from '../../../support/browser.ts'
import { asProgram, codeOf, expectSignIn } from '../../../support/flow.ts'

const DAY = 86_400_000

describe('the status', () => {
  test('is mounted nowhere by default', async ({ app, browser }) => {
    await app.rp.ready()
    for (const path of ['/status', '/oidc/status', '/operators'])
      expect((await browser.open(app.url + path)).status).toBe(404)
  })

  test('tells a monitor what all replicas share, and what this process has seen', async ({
    op,
    reported,
    browser,
  }) => {
    await reported.rp.ready()
    await browser.open(`${reported.url}/private`)
    const { app, process: own, problems, reportedAt } = await reported.report()
    const { clientId, generation } = reported.rp.status()
    expect(problems).toEqual([])
    expect(app).toEqual({
      issuer: op.issuer,
      baseUrls: [reported.url],
      name: 'default',
      isRegistered: true,
      clientId,
      generation,
      registeredAt: expect.any(String),
      rotatedAt: app.registeredAt,
      nextRotationAt: new Date(Date.parse(app.registeredAt ?? '') + 90 * DAY).toISOString(),
      retiring: [],
    })
    expect(own).toMatchObject({ state: 'ready', host: hostname(), pid: process.pid, errors: [] })
    expect(own.sessions).toMatchObject({ signIns: 1, refreshes: 0, providerLogouts: 0, endedLogins: 0 })
    expect(own.stores).toMatchObject({
      records: { state: 'available', location: expect.stringContaining('oidc-app-') },
      sessions: { state: 'available', location: 'MemoryStore' },
    })
    expect(Date.parse(own.provider.lastAnswerAt ?? '')).toBeLessThanOrEqual(Date.parse(reportedAt))
    expect(own.provider).not.toHaveProperty('lastFailureAt')
  })

  test('counts sign-ins and logins that ended', async ({ reported, browser }) => {
    await browser.open(`${reported.url}/private`)
    await reported.rp.sessions.endAll('alice')
    expect((await reported.report()).process.sessions).toMatchObject({ signIns: 1, endedLogins: 1 })
  })

  test('is JSON for a monitor and a page for a browser, and neither is kept or framed', async ({
    reported,
    browser,
  }) => {
    await reported.rp.ready()
    const json = await readStatus(reported)
    expect([json.status, json.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8'])
    const page = await openStatus(reported, browser)
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    for (const text of [
      'Sign-in status of localhost',
      'no problem',
      reported.rp.status().clientId ?? '?',
      'Generation',
    ])
      expect(page.text).toContain(text)
    expect(page.text).not.toContain('<script')
    expect(page.headers.get('x-frame-options')).toBe('DENY')
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-/)
    for (const { headers } of [json, page]) expect(headers.get('cache-control')).toBe('no-store')
  })

  test('says how the client was created once there is one', async ({ op, startReported, browser }) => {
    await op.stop()
    const app = await startReported()
    const before = await openStatus(app, browser)
    expect(before.text).toContain('none yet')
    expect(before.text).not.toContain('by the app')
    await op.start()
    await app.rp.ready()
    expect((await openStatus(app, browser)).text).toContain('by the app')
  })

  test('needs no session', async ({ startReported }) => {
    const app = await startReported({ session: false })
    await app.rp.ready()
    expect((await app.report()).process.stores.sessions).toEqual({ state: 'unknown' })
  })

  test('is the same in Express 4', async ({ startReported, browser }) => {
    const app = await startReported({ makeApp: express4 })
    await expectOperator(browser, app.url)
    expect((await app.report()).problems).toEqual([])
  })

  test('tells the tenants, the other addresses, and a client that was made by hand', async ({
    startReported,
  }) => {
    const app = await startReported({
      issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
      baseUrl: url => [url, 'http://localhost:1'],
      relyingParty: {
        discoveryUrl: 'https://login.microsoftonline.com/organizations/v2.0/.well-known/openid-configuration',
        tenants: ['8eaef023-2b34-4da1-9baa-8bc8c9d6a490'],
        client: { clientId: 'by-hand', clientSecret: 'a secret' },
        start: 'first-use',
      },
    })
    const { app: shared, process: own } = await app.report()
    expect(shared).toMatchObject({
      tenants: 1,
      isRegistered: false,
      baseUrls: [app.url, 'http://localhost:1'],
    })
    expect([shared.generation, own.state]).toEqual([undefined, 'starting'])
  })
})

describe('behind a guard, the status', () => {
  test('is shown to a user with the role', async ({ reported, browser }) => {
    await expectOperator(browser, reported.url)
  })

  test('is not shown to a user without it', async ({ startReported, onTestFinished, browser }) => {
    const op = await testProvider({ user: { sub: 'bob', name: 'Bob' } })
    onTestFinished(() => op.close())
    const app = await startReported({ issuer: op.issuer })
    const page = await browser.open(`${app.url}/operators`)
    expect([page.status, codeOf(page)]).toEqual([403, 'ERR_OIDC_FORBIDDEN'])
    expect(page.text).not.toContain(op.issuer)
  })

  test('is not shown to a stranger', async ({ reported }) => {
    const page = await new Browser().open(`${reported.url}/operators`, asProgram)
    expect([page.status, codeOf(page)]).toEqual([401, 'ERR_OIDC_UNAUTHENTICATED'])
  })
})

test('each replica reports what it has seen itself, and the client that they share', async ({
  startReported,
  browser,
}) => {
  const store = memoryStore()
  const first = await startReported({ relyingParty: { store, name: 'shop' } })
  await first.rp.ready()
  const second = await startReported({ relyingParty: { store, name: 'shop', baseUrl: first.url } })
  await second.rp.ready()
  await browser.open(`${first.url}/private`)
  const [one, other] = [await first.report(), await second.report()]
  expect(other.app).toEqual(one.app)
  expect([one.process.sessions.signIns, other.process.sessions.signIns]).toEqual([1, 0])
})

test('each provider of an app has a report of its own', async ({ op, provider, startReported, browser }) => {
  const one = await startReported()
  const other = await startReported({ issuer: provider.issuer })
  await Promise.all([one.rp.ready(), other.rp.ready()])
  await expectSignIn({ app: other, browser })
  expect([(await one.report()).app.issuer, (await other.report()).app.issuer]).toEqual([
    op.issuer,
    provider.issuer,
  ])
  expect((await one.report()).process.sessions.signIns).toBe(0)
})

async function expectOperator(browser: Browser, url: string): Promise<void> {
  const page = await browser.open(`${url}/operators`)
  expect([page.status, page.url]).toEqual([200, `${url}/operators`])
  expect(page.text).toContain('Provider and client')
}
