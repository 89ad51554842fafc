import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { OidcError } from '../../src/index.ts'
import type { TestApp } from '../support/app.ts'
import { asProgram, expectRefusal, expectSignIn, locationOf, test } from '../support/flow.ts'
import { status } from '../support/scripted-provider.ts'

const UNAVAILABLE = [503, 'ERR_OIDC_PROVIDER_UNAVAILABLE'] as const

const unhandled: unknown[] = []
const note = (reason: unknown): unknown => unhandled.push(reason)
beforeAll(() => void process.on('unhandledRejection', note))
afterAll(() => {
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

async function untilFailing(app: TestApp): Promise<void> {
  await expect.poll(() => app.rp.status().state).toBe('failing')
}

describe('while the provider is down at start', () => {
  test('public pages work, and what needs it answers 503 with a page that says when to try again', async ({
    provider,
    start,
    browser,
  }) => {
    await provider.stop()
    const app = await start()
    expect((await browser.open(`${app.url}/`)).text).toBe('public')
    for (const path of ['/login', '/private']) {
      const page = await browser.open(app.url + path)
      await expectRefusal(page, UNAVAILABLE, { app, browser })
      expect(page.headers.get('retry-after')).toMatch(/^[1-9]\d?$/)
      expect(page.headers.get('content-type')).toContain('text/html')
      expect(page.headers.get('refresh')).toBe('5')
      expect(page.text).toContain('This page tries again automatically')
      expect(page.text).not.toContain(provider.issuer)
    }
    expect(app.shown()).toBe(0)
  })

  test('programs get JSON', async ({ provider, start, browser }) => {
    await provider.stop()
    const app = await start()
    const page = await browser.open(`${app.url}/login`, asProgram)
    await expectRefusal(page, UNAVAILABLE, { app, browser })
    expect(page.headers.get('retry-after')).toMatch(/^[1-9]\d?$/)
    expect(JSON.parse(page.text)).toEqual({
      error: UNAVAILABLE[1],
      message: expect.stringContaining('cannot be reached'),
      reference: expect.any(String),
    })
  })

  test('the operator is told the address and the reason, once', async ({ provider, start }) => {
    await provider.stop()
    const app = await start()
    await untilFailing(app)
    await setTimeout(1_500)
    const said = app.log.filter(sentence => sentence.includes('/.well-known/openid-configuration'))
    expect(said).toEqual([
      expect.stringContaining(
        `${provider.issuer}/.well-known/openid-configuration: the connection was refused`,
      ),
    ])
    expect(app.rp.status()).toMatchObject({
      state: 'failing',
      issuer: provider.issuer,
      clientId: undefined,
      lastError: { code: UNAVAILABLE[1] },
    })
  })

  test('a public logout works', async ({ provider, start, browser }) => {
    await provider.stop()
    const app = await start()
    const page = await browser.open(`${app.url}/logout`, { follow: false })
    expect([page.status, locationOf(page).href]).toEqual([303, `${app.url}/`])
  })

  test('ready() waits its time and then says why', async ({ provider, start }) => {
    await provider.stop()
    const app = await start()
    const began = Date.now()
    const error: unknown = await app.rp.ready({ timeout: 0.7 }).catch(thrown => thrown)
    expect(error).toBeInstanceOf(OidcError)
    expect(error).toMatchObject({ code: UNAVAILABLE[1], message: expect.stringContaining(provider.issuer) })
    expect(Date.now() - began).toBeGreaterThan(600)
    expect(Date.now() - began).toBeLessThan(3_000)
  })

  test('all works by itself within seconds after it is back', async ({ provider, start, browser }) => {
    await provider.stop()
    const app = await start()
    await expectRefusal(await browser.open(`${app.url}/login`), UNAVAILABLE, { app, browser })
    const ready = app.rp.ready({ timeout: 8 })
    await provider.start()
    await ready
    expect(app.rp.status()).toMatchObject({ state: 'ready', lastError: undefined })
    await expectSignIn({ app, browser })
  })

  test('a visitor hastens the next attempt, many visitors no more than one a second', async ({
    provider,
    start,
    browser,
  }) => {
    provider.answer('discovery', status(503))
    const app = await start()
    const until = Date.now() + 2_000
    while (Date.now() < until)
      await Promise.all([1, 2, 3, 4, 5].map(() => browser.open(`${app.url}/login`, asProgram)))
    expect(provider.requestsTo('discovery').length).toBeLessThanOrEqual(5)
  })
})

describe('a relying party', () => {
  test('that starts at first use asks nobody before', async ({ provider, start, browser }) => {
    const app = await start({ relyingParty: { start: 'first-use' } })
    expect((await browser.open(`${app.url}/`)).text).toBe('public')
    expect(await app.userOf(browser)).toBeNull()
    expect(provider.requests).toEqual([])
    await expectSignIn({ app, browser })
  })

  test('that is closed asks nobody any more', async ({ provider, start }) => {
    provider.answer('discovery', status(503))
    const app = await start()
    await untilFailing(app)
    await app.rp.close()
    const asked = provider.requests.length
    await setTimeout(2_000)
    expect(provider.requests).toHaveLength(asked)
    expect(app.rp.status().state).toBe('closed')
  })

  test('that is closed rejects ready() without waiting for its timeout', async ({ provider, start }) => {
    await provider.stop()
    const app = await start()
    await app.rp.close()
    const began = Date.now()
    await expect(app.rp.ready({ timeout: 15 })).rejects.toBeInstanceOf(OidcError)
    expect(Date.now() - began).toBeLessThan(6_000)
  })

  test('goes on signing users in while discovery is down', async ({ provider, app, browser }) => {
    await app.rp.ready()
    provider.answer('discovery', status(503))
    await expectSignIn({ app, browser })
  })

  test('whose provider goes away later refuses, and recovers', async ({ provider, app, browser }) => {
    await app.rp.ready()
    const login = await browser.open(`${app.url}/private`, { follow: false })
    const callback = locationOf(await browser.open(locationOf(login).href, { follow: false }))
    await provider.stop()
    await expectRefusal(await browser.open(callback.href), UNAVAILABLE, { app, browser })
    await provider.start()
    await expectSignIn({ app, browser })
  })
})
