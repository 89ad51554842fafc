import { describe, expect, test } from 'vitest'
import { pass, stopClock } from '../support/clock.ts'
import { codeOf } from '../support/flow.ts'
import { type Deviation, type ProviderFixture, signsOutThere } from '../support/provider-pages/fixture.ts'
import { fixtures } from '../support/provider-pages/fixtures.ts'
import { type Visit, visit } from '../support/provider-pages/visit.ts'
import { askToken } from '../support/tokens/token-routes.ts'

stopClock()

const MONTH = 2_600_000_000

/** What every app must refuse, whatever its provider is. */
const wrongForAll: readonly Deviation[] = [
  { name: 'another issuer', idToken: { iss: 'https://other.example' } },
  { name: 'another audience', idToken: { aud: 'another-client' } },
  { name: 'a key that is not published', key: 'unknown' as const },
  { name: "the client's secret as key", key: 'secret' as const },
  { name: 'no signature', key: 'none' as const },
  { name: 'no nonce', idToken: { nonce: undefined } },
  { name: 'another nonce', idToken: { nonce: 'of-another-sign-in' } },
].map(wrong => ({ ...wrong, expect: [400, 'ERR_OIDC_ID_TOKEN_INVALID'] }))

const possible = fixtures.filter(({ impossible }) => !impossible)

describe.each(possible)('$name', fixture => {
  test('the app of the page signs in', async () => {
    const { app, browser, open } = await visit(fixture)
    expect(await open('/profile'), app.log.join('\n')).toMatchObject({
      status: 200,
      url: `${app.url}/profile`,
    })
    expect(await app.userOf(browser)).toMatchObject(fixture.user)
    for (const [path, text] of Object.entries(fixture.pages ?? {}))
      expect((await open(path)).text).toContain(text)
  })

  test(`it ${fixture.refreshes ? 'has' : 'cannot have'} an access token when the first has expired`, async () => {
    const { app, browser, open } = await visit(fixture, { absoluteLifetime: 10_000_000 })
    await open('/profile')
    const tokens: (string | undefined)[] = []
    for (let month = 0; month < 3; month++) {
      const { status, token } = await askToken(app, browser)
      expect(status, app.log.join('\n')).toBe(tokens.length === 0 || fixture.refreshes ? 200 : 401)
      tokens.push(token)
      pass(MONTH)
    }
    const count = fixture.refreshes === true ? 3 : 1
    expect(new Set(tokens.filter(Boolean)).size).toBe(count)
    if (fixture.refreshes) expect(await app.userOf(browser)).toMatchObject(fixture.user)
  })

  test('it signs out', async () => {
    await expectSignOut(fixture, await visit(fixture))
  })

  for (const { name, options, provider: changed } of fixture.failedSignOuts ?? [])
    test(`it signs out only here with ${name}`, async () => {
      const { app, browser, open, provider } = await visit({ ...fixture, ...changed }, options)
      expect((await open('/profile')).status, app.log.join('\n')).toBe(200)
      expect((await browser.post(`${app.url}/logout`, {})).status).toBe(400)
      expect(provider.requestsTo('endSession')).toHaveLength(1)
      expect(await app.userOf(browser)).toBeNull()
    })

  for (const { logoutToken } of fixture.logoutToken ? [fixture] : [])
    test('its logout token signs the user out, one for another audience does not', async () => {
      const { app, browser, open, openBrowser, signLogoutToken } = await visit(fixture)
      await open('/profile')
      const claims = logoutToken?.({ ...(await app.userOf(browser)) }) ?? {}
      const end = async (more: object) => {
        const logout_token = await signLogoutToken({ ...claims, ...more })
        return (await openBrowser().post(`${app.url}/backchannel-logout`, { logout_token })).status
      }
      expect(await end({ aud: 'another-client' })).toBe(400)
      expect(await app.userOf(browser)).toMatchObject(fixture.user)
      expect(await end({}), app.log.join('\n')).toBe(200)
      expect(await app.userOf(browser)).toBeNull()
    })

  for (const { name, options, provider } of fixture.variants ?? [])
    test(`it signs in and out with ${name}`, async () => {
      const varied = { ...fixture, ...provider }
      await expectSignOut(varied, await visit(varied, options))
    })

  const tellsTime = 'auth_time' in fixture.idToken({ auth_time: 1 }, new URLSearchParams())
  test(`it ${tellsTime ? 'knows' : 'cannot know'} how long ago the user authenticated`, async () => {
    const { open } = await visit(fixture)
    expect((await open('/recent')).status).toBe(tellsTime ? 200 : 403)
  })

  for (const { silence } of fixture.silence ? [fixture] : [])
    test('a silent sign-in does not succeed, and the visitor sees the page', async () => {
      const { app, browser, open, deviate } = await visit(fixture)
      if (silence && silence !== 'refused') deviate({ callback: silence })
      expect(await open('/silent'), app.log.join('\n')).toMatchObject({ status: 200, text: 'silent' })
      expect(app.log.join('\n')).toContain('silent')
      expect(await app.userOf(browser)).toBeNull()
    })

  for (const { path, without } of fixture.roles ? [fixture.roles] : [])
    test(`${path} is only for users with a role`, async () => {
      const { open, openBrowser, deviate } = await visit(fixture)
      expect((await open(path)).status).toBe(200)
      for (const otherwise of without) {
        deviate(otherwise)
        expect((await open(path, openBrowser())).status, JSON.stringify(otherwise)).toBe(403)
      }
    })

  test('nobody is signed in with another ID token or user', async () => {
    const { app, openBrowser, open, deviate } = await visit(fixture)
    const wrong = [
      ...wrongForAll,
      ...fixture.deviations.filter(({ options, provider }) => !options && !provider),
    ]
    for (const deviation of wrong) {
      deviate(deviation)
      await expectNobody(deviation, { app, open, browser: openBrowser() })
    }
    deviate({})
    expect((await open('/profile')).status).toBe(200)
  })

  for (const deviation of fixture.deviations.filter(({ options, provider }) => options || provider))
    test(`nobody is signed in with ${deviation.name}`, async () => {
      const visited = await visit({ ...fixture, ...deviation.provider }, deviation.options)
      visited.deviate(deviation)
      await expectNobody(deviation, visited)
    })
})

describe.each(fixtures.filter(({ impossible }) => impossible))('$name', fixture => {
  test.each(fixture.deviations)('nobody is signed in by $name', async deviation => {
    await expectNobody(deviation, await visit(fixture, deviation.options))
  })

  for (const { wouldSignIn } of fixture.wouldSignIn ? [fixture] : [])
    test(`it would sign in with ${JSON.stringify(wouldSignIn)}`, async () => {
      const { app, browser, open, deviate } = await visit(fixture)
      deviate(wouldSignIn ?? {})
      expect((await open('/profile')).status, app.log.join('\n')).toBe(200)
      expect(await app.userOf(browser)).toMatchObject(fixture.user)
    })
})

async function expectSignOut(
  fixture: ProviderFixture,
  { app, browser, open, provider }: Visit,
): Promise<void> {
  await open('/profile')
  expect(await app.userOf(browser), app.log.join('\n')).toMatchObject(fixture.user)
  const left = await browser.post(`${app.url}/logout`, {})
  expect([left.status, left.url]).toEqual([200, `${app.url}/`])
  expect(await app.userOf(browser)).toBeNull()
  expect(provider.requestsTo('endSession')).toHaveLength(signsOutThere(fixture) ? 1 : 0)
}

async function expectNobody(
  { name, expect: expected, said = '' }: Deviation,
  { app, open, browser }: Pick<Visit, 'app' | 'open' | 'browser'>,
): Promise<void> {
  const page = await open('/profile', browser)
  const [status, code] = expected
  expect([page.status, codeOf(page)], `${name}:\n${app.log.join('\n')}`).toEqual([status, code])
  expect(app.log.at(-1), name).toContain(said)
  expect(await app.userOf(browser), name).toBeNull()
}
