import { CookieJar } from 'tough-cookie'
import type { TestApp } from '../../support/app.ts'
import { formOf, hasField } from '../../support/browser/browser-form.ts'
import { Browser, type Page } from '../../support/browser.ts'

/** What a person answers when a provider asks. */
export interface Answers {
  readonly login: string
  readonly password: string
  readonly consent: 'allow' | 'deny'
}

export const alice: Answers = { login: 'alice', password: 'wonderland', consent: 'allow' }

/** A browser that sends Secure cookies to this machine, as Chromium and Firefox do: those of Keycloak are such. */
export class PersonalBrowser extends Browser {
  override readonly jar: CookieJar = new CookieJar()
}

const MOST = 12

/** Goes on from a page, answering what the provider asks, until no page asks anything. */
export async function goOn(browser: Browser, start: Page, answers: Answers = alice): Promise<Page> {
  let page = start
  for (let count = 0; count < MOST; count++) {
    const next = await answer(browser, page, answers)
    if (next === undefined) return page
    page = next
  }
  throw new Error(
    `More than ${MOST} pages asked something; the last one was ${page.url}:\n${page.text.slice(0, 500)}`,
  )
}

/** Opens a page of an app and signs in where the provider asks for it. */
export async function visit(
  browser: Browser,
  app: Pick<TestApp, 'url'>,
  path = '/private',
  answers = alice,
): Promise<Page> {
  return goOn(browser, await browser.open(app.url + path), answers)
}

async function answer(browser: Browser, page: Page, answers: Answers): Promise<Page | undefined> {
  const { login, password, consent } = answers
  if (page.status >= 400) return undefined
  if (hasField(page, 'password')) return browser.submit(page, { login, username: login, password })
  if (page.text.includes('value="allow"')) return browser.submit(page, { decision: consent })
  if (hasField(page, 'decision')) return browser.submit(page, { decision: 'yes' })
  if (page.text.includes('op.logoutForm')) return browser.submit(page, { logout: 'yes' })
  if (isKeycloakConsent(page))
    return browser.submit(page, consent === 'allow' ? { accept: 'Yes' } : { cancel: 'No' })
  if (submitsItself(page)) return browser.submit(page)
  return undefined
}

function isKeycloakConsent(page: Page): boolean {
  return hasField(page, 'accept') && hasField(page, 'cancel')
}

/** A form that a script posts, as a browser with scripts would. */
function submitsItself(page: Page): boolean {
  return /<form\b/i.test(page.text) && /\.submit\(\)/.test(page.text) && formOf(page).method === 'POST'
}
