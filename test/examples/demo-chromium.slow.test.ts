import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser as Chromium, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  chromiumIsMissing,
  launchChromium,
  takeAllPictures,
  type Visitor,
  visitor,
} from '../support/browser/chromium.ts'
import { type Child, startChild } from '../support/processes/child.ts'
import { freePort } from '../support/processes/free-port.ts'

describe.skipIf(chromiumIsMissing())('the page of the demo, in Chromium', () => {
  let folder: string
  let chromium: Chromium
  let env: Readonly<Record<string, string | undefined>>
  let demo: Child
  let url: string
  let alice: Visitor

  beforeAll(async () => {
    chromium = await launchChromium()
  })

  afterAll(() => chromium?.close())

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'oidc-demo-'))
    const port = await freePort()
    url = `http://localhost:${port}`
    env = {
      PORT: String(port),
      PROVIDER_PORT: String(await freePort()),
      OIDC_STORE: join(folder, 'app'),
      PROVIDER_DIRECTORY: join(folder, 'provider'),
      BASE_URL: undefined,
      ISSUER_BASE_URL: undefined,
      SESSION_SECRET: 'of the demo',
      NODE_ENV: undefined,
    }
    await startDemo()
    alice = await visitor(chromium)
  })

  afterEach(async () => {
    await alice.close()
    await demo.stop()
    await rm(folder, { recursive: true })
    expect(alice.troubles.filter(trouble => !/net::ERR_|actions\/rotate/.test(trouble))).toEqual([]) // what is away
  })

  async function startDemo(): Promise<void> {
    demo = startChild('examples/demo.ts', env)
    await demo.says('The app listens on port')
  }

  /** Signs in in a new tab, which notices if its page is ever loaded again. */
  async function signIn(who: Visitor = alice): Promise<Page> {
    const tab = await who.tab()
    await tab.goto(url)
    await tab.getByRole('link', { name: 'Sign in' }).click()
    await tab.getByLabel('Login').fill('alice')
    await tab.getByLabel('Password').fill('wonderland')
    await tab.getByRole('button', { name: 'Sign in' }).click()
    await tab.getByRole('button', { name: 'Allow' }).click()
    await tab.getByText('Live', { exact: true }).waitFor()
    await tab.evaluate(() => Object.assign(globalThis, { isFirstPage: true }))
    return tab
  }

  async function expectSamePage(tab: Page): Promise<void> {
    expect(await tab.evaluate(() => Reflect.get(globalThis, 'isFirstPage'))).toBe(true)
  }

  /** Nothing is wider than the window, and on these two, the whole page is one screen. */
  async function expectOneScreen(tab: Page): Promise<void> {
    for (const [width, height] of [
      [1280, 800],
      [390, 844],
    ] as const) {
      await tab.setViewportSize({ width, height })
      const size = await tab.evaluate(
        '[document.documentElement.scrollWidth, document.documentElement.scrollHeight]',
      )
      expect(size).toEqual([width, height])
    }
    await tab.setViewportSize({ width: 320, height: 568 })
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(320)
    await tab.setViewportSize({ width: 1280, height: 800 })
  }

  const press = (tab: Page, name: string) => tab.getByRole('button', { name }).click()
  const credentials = (tab: Page, generation: string) =>
    tab.getByRole('region', { name: 'Client' }).getByText(generation, { exact: true }).first()
  const events = (tab: Page) => tab.getByRole('log')

  test('shows the registration, and each rotation as it happens', async () => {
    const tab = await alice.tab()
    await tab.goto(url)
    await tab.getByText('The app registered itself as a client').waitFor()
    await takeAllPictures(tab, 'demo-welcome')
    await tab.close()

    const page = await signIn()
    await page.getByText(/^Registered itself/).waitFor()
    await events(page).getByText('client.registered').waitFor()
    await credentials(page, 'Generation 1').waitFor()
    await press(page, 'Rotate the credentials')
    await credentials(page, 'Generation 2').waitFor()
    await events(page).getByText('client.rotated').waitFor()
    await takeAllPictures(page, 'demo-live')
    await expectOneScreen(page)
    await expectSamePage(page)
  })

  test('ends when the provider ends its session, and no other session does', async () => {
    const bystander = await visitor(chromium)
    const [ending, other] = [await signIn(), await signIn(bystander)]
    await expect.poll(() => ending.getByText('Another browser signed in').count()).toBe(1)
    await press(ending, 'End at the provider')
    await ending.getByText('This session has ended').waitFor()
    await ending.getByText('The provider ended it').waitFor()
    await events(ending).getByText('logout.received').waitFor()
    await takeAllPictures(ending, 'demo-ended')
    await expectOneScreen(ending)
    await expectSamePage(ending)
    expect(await ending.getByText('Alice Liddell').count()).toBe(0)

    await events(other).getByText('logout.received').waitFor()
    await expect.poll(() => other.getByText('Another browser signed in').count()).toBe(0)
    await other.getByText('This browser signed in').waitFor()
    await press(other, 'Sign out everywhere')
    await other.getByText('This session has ended').waitFor()
    await other.getByText('You were signed out of this app').waitFor()
    await ending.getByRole('link', { name: 'Sign in again' }).click()
    await ending.getByLabel('Password').waitFor() // the session at the provider is over, too
    await bystander.close()
  })

  test('shows that the provider stops and starts, while the user stays signed in', async () => {
    const page = await signIn()
    await page.getByText('Discovered', { exact: true }).waitFor()
    await press(page, 'Stop the provider')
    await page.getByText('Not reachable').waitFor()
    await events(page).getByText('provider.failed').first().waitFor()
    await press(page, 'Rotate the credentials')
    await page.getByRole('alert').waitFor()
    await takeAllPictures(page, 'demo-stopped')
    await expectOneScreen(page)

    const bob = await visitor(chromium)
    const outside = await bob.tab()
    await outside.goto(url)
    await outside.getByText('The provider cannot be reached now').waitFor()
    expect(await outside.getByRole('link', { name: 'Sign in' }).count()).toBe(0) // it would lead nowhere
    await press(page, 'Start the provider')
    await outside.getByRole('link', { name: 'Sign in' }).waitFor()
    await page.getByText('Discovered', { exact: true }).waitFor()
    await press(page, 'Rotate the credentials')
    await credentials(page, 'Generation 2').waitFor()
    await expectSamePage(page)
    await signIn(bob)
    await bob.close()
  })

  test('reconnects when the app has been restarted, and the client is reused', async () => {
    const page = await signIn()
    await demo.stop()
    await page.getByText('Reconnecting').waitFor()
    await startDemo()
    await page.getByText('This session has ended').waitFor() // it was in the memory of the app
    await page.getByRole('link', { name: 'Sign in again' }).click()
    await page.getByText(/^Reused/).waitFor()
    await events(page).getByText('client.reused').waitFor()
    await credentials(page, 'Generation 1').waitFor()
    expect(demo.output()).not.toContain('Registered this app')
  })
})
