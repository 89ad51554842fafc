import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser as Chromium, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type LocalProvider, startProvider } from '../../../../examples/provider/provider.ts'
import {
  chromiumIsMissing,
  launchChromium,
  takeAllPictures,
  takePicture,
  type Visitor,
  visitor,
} from '../../../support/browser/chromium.ts'
import { type Child, startChild } from '../../../support/processes/child.ts'
import { freePort } from '../../../support/processes/free-port.ts'

describe.skipIf(chromiumIsMissing())('in Chromium', () => {
  const apps: Child[] = []
  let folder: string
  let chromium: Chromium
  let provider: LocalProvider
  let url: string
  let alice: Visitor

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oidc-chromium-'))
    chromium = await launchChromium()
    provider = await startProvider()
    url = await startExample(provider.issuer)
  }, 60_000)

  afterAll(async () => {
    await chromium?.close()
    await Promise.all(apps.map(app => app.stop()))
    await provider?.close()
    await rm(folder, { recursive: true })
  })

  beforeEach(async () => {
    alice = await visitor(chromium)
  })

  afterEach(async () => {
    await alice.close()
    expect(alice.troubles).toEqual([])
  })

  /** The example imports the library by its name, as users do: from `dist`. */
  async function startExample(issuer: string): Promise<string> {
    const port = await freePort()
    const baseUrl = `http://localhost:${port}`
    const app = startChild('examples/basic/server.ts', {
      PORT: String(port),
      BASE_URL: baseUrl,
      ISSUER_BASE_URL: issuer,
      OIDC_STORE: join(folder, String(port)),
      SESSION_SECRET: undefined,
      NODE_ENV: undefined,
    })
    apps.push(app)
    await app.says('The app listens')
    return baseUrl
  }

  test('signs in through the pages of the provider, sees the user, and signs out here and there', async () => {
    const tab = await alice.tab()
    await tab.goto(url)
    await takePicture(tab, '01-welcome')
    await tab.getByRole('link', { name: 'Sign in' }).click()
    await takePicture(tab, '02-login')
    await fillIn(tab)
    await takePicture(tab, '03-consent')
    await tab.getByRole('button', { name: 'Allow' }).click()
    expect(tab.url()).toBe(`${url}/profile`)
    expect(await tab.getByText('Alice Liddell').isVisible()).toBe(true)
    await takePicture(tab, '04-profile')
    await tab.getByRole('link', { name: 'Home' }).click()
    expect(await tab.getByRole('heading').textContent()).toBe('Hello Alice Liddell')
    await takePicture(tab, '05-signed-in')

    await tab.getByRole('button', { name: 'Sign out' }).click()
    expect(tab.url()).toContain(provider.issuer)
    await takePicture(tab, '06-sign-out-at-provider')
    await tab.getByRole('button', { name: 'Yes, sign out' }).click()
    expect(tab.url()).toBe(`${url}/`)
    expect(await tab.getByRole('heading').textContent()).toBe('Welcome')
    await takePicture(tab, '07-signed-out')
    await tab.goto(`${url}/profile`)
    expect(await tab.getByLabel('Password').isVisible()).toBe(true)
  })

  test('signs in from two tabs that began at the same time, each on its own page', async () => {
    const [one, two] = [await alice.tab(), await alice.tab()]
    await Promise.all([one.goto(`${url}/profile?tab=1`), two.goto(`${url}/profile?tab=2`)])
    for (const tab of [one, two]) {
      await fillIn(tab)
      const allow = tab.getByRole('button', { name: 'Allow' })
      if (await allow.isVisible()) await allow.click()
    }
    expect([one.url(), two.url()]).toEqual([`${url}/profile?tab=1`, `${url}/profile?tab=2`])
    for (const tab of [one, two]) {
      await tab.reload()
      expect(await tab.getByText('Alice Liddell').isVisible()).toBe(true)
    }
    await takePicture(two, '08-second-tab')
  })

  test('says that a password is wrong, and lets it be typed again', async () => {
    const tab = await alice.tab()
    await tab.goto(`${url}/profile`)
    await fillIn(tab, 'rabbit')
    expect(await tab.getByRole('alert').textContent()).toBe('The login or password is wrong.')
    await takePicture(tab, '09-wrong-password')
    await fillIn(tab)
    expect(await tab.getByRole('button', { name: 'Allow' }).isVisible()).toBe(true)
  })

  test('shows a page of ours when access is denied', async () => {
    const tab = await alice.tab()
    await tab.goto(`${url}/profile`)
    await fillIn(tab)
    const answer = tab.waitForResponse(response => response.url().startsWith(`${url}/callback`))
    await tab.getByRole('button', { name: 'Deny' }).click()
    expect((await answer).status()).toBe(403)
    expect(await tab.getByText('The sign-in was declined.').isVisible()).toBe(true)
    await takeAllPictures(tab, '10-denied')
    await tab.getByRole('link', { name: 'Sign in again' }).click()
    await tab.getByRole('button', { name: 'Allow' }).click()
    expect(await tab.getByRole('heading').textContent()).toBe('Hello Alice Liddell')
  })

  test('asks before a link of another site signs out, and signs out at the provider once confirmed', async () => {
    const tab = await alice.tab()
    await tab.goto(`${url}/profile`)
    await fillIn(tab)
    await tab.getByRole('button', { name: 'Allow' }).click()

    await tab.goto(`${provider.issuer}/session/end`)
    await tab.setContent(`<a href="${url}/logout?returnTo=/">A link on another site</a>`)
    await tab.getByRole('link').click()
    expect(await tab.getByRole('heading').textContent()).toMatch(/^Sign out of localhost/)
    await takeAllPictures(tab, '11-confirm-logout')
    await tab.getByRole('button', { name: 'Sign out' }).click()
    await tab.getByRole('button', { name: 'Yes, sign out' }).click()
    expect(tab.url()).toBe(`${url}/`)
    expect(await tab.getByRole('heading').textContent()).toBe('Welcome')
  })

  test('shows a page of ours while the provider is away, and signs in when it is back', async () => {
    const away = await startProvider()
    await away.close()
    const early = await startExample(away.issuer)
    const tab = await alice.tab()
    const response = await tab.goto(`${early}/login?returnTo=/profile`)
    expect(response?.status()).toBe(503)
    expect(response?.headers()['retry-after']).toMatch(/^\d+$/)
    await takeAllPictures(tab, '12-provider-away')
    await tab.getByRole('link', { name: 'Go to the start page' }).click()
    expect(await tab.getByRole('heading').textContent()).toBe('Welcome')
    await tab.goBack()

    const back = await startProvider({ port: Number(new URL(away.issuer).port) })
    await expect.poll(async () => (await tab.reload())?.status()).toBe(200)
    await fillIn(tab)
    await tab.getByRole('button', { name: 'Allow' }).click()
    expect(tab.url()).toBe(`${early}/profile`)
    await back.close()
  })
})

async function fillIn(tab: Page, password = 'wonderland'): Promise<void> {
  await tab.getByLabel('Login').fill('alice')
  await tab.getByLabel('Password').fill(password)
  await tab.getByRole('button', { name: 'Sign in' }).click()
}
