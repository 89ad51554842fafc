import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect } from 'vitest'
import { startApp, type TestApp, type TestAppOptions } from './app.ts'
import { Browser, type NavigationOptions, type Page } from './browser.ts'
import { type ScriptedProvider, scriptedProvider } from './scripted-provider.ts'

type Start = (options?: TestAppOptions & { readonly issuer?: string }) => Promise<TestApp>

/** A test with a provider, an app, a browser, a folder that is not there yet, and a way to start more apps; each test has its own, and they are closed behind it. */
export const test = base
  .extend('provider', async ({ onTestFinished }): Promise<ScriptedProvider> => {
    const provider = await scriptedProvider()
    onTestFinished(() => provider.close())
    return provider
  })
  .extend('start', async ({ provider, onTestFinished }): Promise<Start> => {
    const apps: TestApp[] = []
    onTestFinished(async () => void (await Promise.all(apps.map(app => app.close()))))
    return async ({ issuer = provider.issuer, ...options } = {}) => {
      const app = await startApp(issuer, options)
      apps.push(app)
      return app
    }
  })
  .extend('app', ({ start }): Promise<TestApp> => start())
  .extend('directory', async ({ onTestFinished }): Promise<string> => {
    const parent = await mkdtemp(join(tmpdir(), 'oidc-store-'))
    onTestFinished(() => rm(parent, { recursive: true, force: true, maxRetries: 5 }))
    return join(parent, 'records')
  })
  .extend('browser', (): Browser => new Browser())

/** The headers of a request that a program makes, which gets JSON where a person gets a page. */
export const asProgram: NavigationOptions = {
  follow: false,
  headers: { accept: 'application/json', 'sec-fetch-mode': 'cors' },
}

/** Begins a sign-in at the guarded page and goes as far as the provider's answer, which is not delivered. */
export async function reachCallback(browser: Browser, app: TestApp, path = '/private'): Promise<URL> {
  const start = await browser.open(app.url + path, { follow: false })
  expect(start.status).toBe(303)
  const answer = await browser.open(locationOf(start).href, { follow: false })
  return locationOf(answer)
}

export function locationOf(page: Page): URL {
  return new URL(page.headers.get('location') ?? '', page.url)
}

/** The reference of one of our errors, from the page for a person or the JSON for a program. */
export function referenceOf(page: Page): string | undefined {
  if (page.headers.get('content-type')?.startsWith('application/json')) return JSON.parse(page.text).reference
  return /reference: (\w{8}) \(/.exec(page.text)?.[1]
}

/** The code of one of our errors, from the page for a person or the JSON for a program. */
export function codeOf(page: Page): string | undefined {
  if (page.headers.get('content-type')?.startsWith('application/json')) return JSON.parse(page.text).error
  return /reference: \w{8} \((ERR_OIDC_\w+)\)/.exec(page.text)?.[1]
}

interface Signing {
  readonly app: TestApp
  readonly browser: Browser
}

/** What is the same for every refusal: its status and code are the expected ones, and nobody is signed in. */
export async function expectRefusal(
  page: Page,
  expected: readonly [status: number, code: string],
  { app, browser }: Signing,
): Promise<void> {
  expect([page.status, codeOf(page)]).toEqual(expected)
  expect(page.headers.get('cache-control')).toBe('no-store')
  expect(await app.userOf(browser)).toBeNull()
}

/** One row of a table of refusals, and its twin: what the provider does wrong refuses a sign-in, and once it behaves the same browser signs in. */
export async function expectRefusedSignIn(
  expected: readonly [status: number, code: string],
  { provider, app, browser }: Record<'provider', Pick<ScriptedProvider, 'behave'>> & Signing,
  check: (page: Page) => void = () => {},
): Promise<void> {
  const page = await browser.open(`${app.url}/private`)
  await expectRefusal(page, expected, { app, browser })
  check(page)
  provider.behave()
  await expectSignIn({ app, browser })
}

/** The twin of every refusal: the same browser can sign in afterwards. */
export async function expectSignIn({ app, browser }: Signing): Promise<void> {
  const page = await browser.open(`${app.url}/private`)
  expect([page.status, page.url]).toEqual([200, `${app.url}/private`])
  expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
}

/** Starts a sign-in, and stays at the app's answer. */
export function beginLogin(app: TestApp, browser = new Browser()): Promise<Page> {
  return browser.open(`${app.url}/login`, { follow: false })
}
