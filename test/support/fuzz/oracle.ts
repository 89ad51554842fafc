import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import type { Express } from 'express'
import { expect, onTestFinished } from 'vitest'
import { OidcError, requireUser } from '../../../src/index.ts'
import { oidcErrorCodes, statusOfCode } from '../../../src/vocabulary/error-codes.ts'
import type { TestApp } from '../app.ts'
import { Browser, type Page } from '../browser.ts'
import { codeOf } from '../flow.ts'
import type { Outcome } from './property.ts'

/** What no text for an operator contains: control and format characters, ends of lines, halves of characters. */
export const unprintable = /[\p{C}\p{Zl}\p{Zp}]/u

/** Codes that hide what really happened, or that only an app's author can cause. */
const disguises = ['ERR_OIDC_NOT_READY', 'ERR_OIDC_MIDDLEWARE_MISSING', 'ERR_OIDC_TESTING_UNAVAILABLE']

/** An error that says what is wrong: of this library, with a documented code, printable, and without a secret. */
export function expectOidcError(error: unknown, secrets: readonly string[] = []): asserts error is OidcError {
  if (!(error instanceof OidcError)) throw new Error('This is no OidcError.', { cause: error })
  expect(oidcErrorCodes).toContain(error.code)
  expect(disguises).not.toContain(error.code)
  expect(error.message).not.toMatch(unprintable)
  expect(error.message).not.toMatch(
    /\[object|(?<!was given )undefined|TypeError|Cannot read|is not a function/,
  )
  expectNoSecret(inspect(error, { depth: 9, showHidden: true }), secrets)
}

export function expectNoSecret(text: string, secrets: readonly string[]): void {
  for (const secret of secrets) expect(text.includes(secret), 'a secret is shown').toBe(false)
}

/** What an app has said since it was last looked at. */
export interface Watched {
  /** Everything that is said is printable and holds none of these secrets, and every error is of this library. */
  readonly check: (secrets?: readonly string[]) => void
  readonly end: () => void
}

/** Watches the log and the failures of an app. Its log is emptied each time. */
export function watch(log: string[]): Watched {
  const errors: unknown[] = []
  const note = (event: unknown): unknown => errors.push((event as { readonly error: unknown }).error)
  const channels = ['request.failed', 'provider.failed', 'tokens.failed', 'userinfo.failed', 'client.failed']
  for (const name of channels) subscribe(`express-oidc-rp:${name}`, note)
  const end = (): void => {
    for (const name of channels) unsubscribe(`express-oidc-rp:${name}`, note)
  }
  onTestFinished(end)
  return {
    end,
    check(secrets = []) {
      const said = log.splice(0)
      for (const line of said) expect(line).not.toMatch(unprintable)
      expectNoSecret(said.join('\n'), secrets)
      for (const error of errors.splice(0)) expectOidcError(error, secrets)
    },
  }
}

/** A guarded page that does nothing with the claims of its user, which may have any type. */
export function insidePage(app: Express): void {
  app.get('/inside', requireUser(), (_req, res) => void res.send('inside'))
}

/** Pages of the app itself, which no failure of a sign-in may touch. */
export async function expectAlive({ url }: Pick<TestApp, 'url'>): Promise<void> {
  const page = await new Browser().open(`${url}/`)
  expect([page.status, page.text]).toEqual([200, 'public'])
}

/** A refusal has a documented code with its status, and says nothing of the request. */
export function expectRefusalPage(page: Page, secrets: readonly string[] = []): string {
  const code = codeOf(page)
  const documented = oidcErrorCodes.find(known => known === code)
  if (!documented) throw new Error(`HTTP ${page.status} without a code: ${page.text.slice(0, 2_000)}`)
  expect(disguises).not.toContain(documented)
  expect(page.status).toBe(statusOfCode(documented))
  expectNoSecret(page.text + inspect([...page.headers]), secrets)
  return documented
}

/** What a sign-in came to: the user is signed in and can go on, or is not and was told why. */
export async function outcomeOf(
  page: Page,
  {
    app,
    browser,
    secrets = [],
  }: { readonly app: TestApp; readonly browser: Browser; readonly secrets?: readonly string[] },
): Promise<Outcome> {
  const user = await app.userOf(browser)
  if (page.status === 303) {
    expect(user?.['sub']).toEqual(expect.any(String))
    expect((await browser.open(`${app.url}/inside`, { follow: false })).status).toBe(200)
    return 'accepted'
  }
  expectRefusalPage(page, secrets)
  expect(user).toBeNull()
  return 'refused'
}
