import type { Browser as Chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type LocalProvider, startProvider } from '../../examples/provider/provider.ts'
import { chromiumIsMissing, launchChromium, visitor } from '../support/browser/chromium.ts'
import { Browser, signIn } from '../support/browser.ts'
import { freePort } from '../support/processes/free-port.ts'
import { type Example, healthOf, installExample, type RunningExample } from './example.ts'

let example: Example

beforeAll(async () => {
  example = await installExample('live')
})

afterAll(() => example.remove())

test('has types', async () => {
  expect(await example.run('check')).toBe('') // tsc
})

test('says that the provider is away, on its page and to its health check', async () => {
  const issuer = `http://127.0.0.1:${await freePort()}`
  const app = await example.startFile('start.ts', { ISSUER_BASE_URL: issuer })
  await expect
    .poll(async () => (await new Browser().open(app.url)).text)
    .toContain('The provider cannot be reached now')
  expect(await healthOf(app.url)).toBe(503)
})

describe('`npm start`', () => {
  let provider: LocalProvider
  let app: RunningExample

  beforeAll(async () => {
    provider = await startProvider()
    app = await example.start('start', { ISSUER_BASE_URL: provider.issuer })
  })

  afterAll(() => provider.close())

  test('has no buttons for a provider that it does not run', async () => {
    const page = await signIn(new Browser(), `${app.url}/login`)
    expect(page.text).toContain('Sessions of Alice Liddell')
    expect(page.text).toContain('action="/actions/rotate"')
    expect(page.text).not.toContain('action="/actions/provider')
    const browser = new Browser()
    for (const action of ['stop', 'start', 'end-session'])
      expect((await browser.post(`${app.url}/actions/provider/${action}`, {})).status).toBe(404)
  })

  test('streams only to users, and says to others that the session has ended', async () => {
    const browser = new Browser()
    const before = await browser.open(`${app.url}/stream`)
    expect(before.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(before.text).toBe('data: {"ended":true,"events":[]}\n\n')

    await signIn(browser, `${app.url}/login`)
    const cookie = await browser.jar.getCookieString(app.url)
    const { body } = await fetch(`${app.url}/stream`, { headers: { cookie } })
    const messages: unknown[] = []
    for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      if (messages.length === 0) void browser.post(`${app.url}/actions/sign-out-everywhere`, {})
      messages.push(...Array.from(text.matchAll(/^data: (.*)$/gm), ([, json = '']) => JSON.parse(json)))
    }
    expect(messages[0]).toMatchObject({
      provider: { issuer: provider.issuer, state: 'up' },
      client: { origin: 'registered', generations: [{ number: 1 }] },
      sessions: expect.arrayContaining([expect.objectContaining({ isThisOne: true })]),
    })
    expect(Object.keys(messages.at(-1) ?? {})).toEqual(['ended', 'events'])
  })

  test('works without scripts: rotates, and signs out everywhere', async () => {
    const [browser, other] = [new Browser(), new Browser()]
    const page = await signIn(browser, `${app.url}/login`)
    await signIn(other, `${app.url}/login`)
    const rotations = () => provider.requests.filter(({ method }) => method === 'PUT').length
    const before = rotations()
    const back = await browser.submit(page, {}, { form: 'rotate' })
    expect([back.status, back.url, rotations()]).toEqual([200, `${app.url}/`, before + 1])
    const out = await browser.submit(page, {}, { form: 'everywhere' })
    expect(out.text).toContain('You are not signed in')
    expect((await other.open(app.url)).text).toContain('You are not signed in')
  })

  test.each([
    ['another site', { from: 'https://evil.test' }, 403],
    ['its own page', {}, 200],
  ])('a rotation that %s asks for', async (_who, init, status) => {
    const browser = new Browser()
    await signIn(browser, `${app.url}/login`)
    const before = provider.requests.length
    // As if the cookie had been set with SameSite=None: the check must refuse even with a session.
    const cookie = await browser.jar.getCookieString(app.url)
    const headers = { cookie }
    const page = await browser.post(`${app.url}/actions/rotate`, {}, { ...init, headers })
    expect(page.status).toBe(status)
    const changed = provider.requests.slice(before).filter(({ method }) => method === 'PUT')
    expect(changed).toHaveLength(status === 403 ? 0 : 1)
  })

  test('refuses a rotation without a user', async () => {
    expect((await new Browser().post(`${app.url}/actions/rotate`, {})).status).toBe(401)
  })
})

test.skipIf(chromiumIsMissing())('`npm run dev` stops and starts its provider, in Chromium', async () => {
  const chromium: Chromium = await launchChromium()
  const { url } = await example.start('dev')
  const alice = await visitor(chromium)
  const tab = await alice.tab()
  await tab.goto(url)
  await tab.getByRole('link', { name: 'Sign in' }).click()
  await tab.getByRole('button', { name: 'Stop the provider' }).click()
  await tab.getByText('Not reachable').waitFor()
  await tab.getByRole('button', { name: 'Start the provider' }).click()
  await tab.getByText('Discovered', { exact: true }).waitFor()
  expect(alice.troubles).toEqual([])
  await alice.close()
  await chromium.close()
})
