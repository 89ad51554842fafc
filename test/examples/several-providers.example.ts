import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProvider } from '../../examples/provider/provider.ts'
import { Browser, type Page, signIn } from '../support/browser.ts'
import { type Example, installExample } from './example.ts'

let example: Example

beforeAll(async () => {
  example = await installExample('several-providers')
})

afterAll(() => example.remove())

test('has types', async () => {
  expect(await example.run('check')).toBe('') // tsc
})

/** The address of a link, by the text of the page. */
function linkOf({ text, url }: Page, label: string): string {
  const [, href = ''] = new RegExp(`href="([^"]*)">${label}<`).exec(text) ?? []
  return new URL(href, url).href
}

test('`npm run dev` signs in at one of two providers, and at the other instead', async () => {
  const app = await example.start('dev')
  const browser = new Browser()
  const choice = await browser.open(`${app.url}/account`)
  expect(new URL(choice.url).pathname).toBe('/sign-in')
  const account = await browser.open(linkOf(choice, 'Sign in as a partner'))
  expect([account.url, account.text.includes('Bob Builder')]).toEqual([`${app.url}/account`, true])
  expect((await browser.open(`${app.url}/offers`)).status).toBe(200)
  expect((await browser.open(`${app.url}/orders`)).status).toBe(403)

  const staff = await browser.open(linkOf(choice, 'Sign in as staff'))
  expect(staff.text).toContain('Alice Liddell')
  expect((await browser.open(`${app.url}/offers`)).status).toBe(403)
  expect((await browser.open(`${app.url}/orders`)).status).toBe(200)
})

test('`npm start` has a client at each provider, and signs out at that of the user', async () => {
  const [staff, partners] = [await startProvider(), await startProvider()]
  const app = await example.start('start', {
    STAFF_ISSUER: staff.issuer,
    PARTNERS_ISSUER: partners.issuer,
  })
  for (const { requests } of [staff, partners])
    expect(requests.filter(({ method, path }) => method === 'POST' && path === '/reg')).toHaveLength(1)

  const browser = new Browser()
  const offers = await signIn(browser, `${app.url}/offers`, { login: 'bob', password: 'builder' })
  expect([offers.status, offers.url]).toEqual([200, `${app.url}/offers`])
  const home = await browser.open(app.url)
  expect(home.text).toContain(`You are signed in at ${partners.issuer}.`)
  const asked = await browser.submit(home)
  expect(asked.url.startsWith(partners.issuer)).toBe(true)
  const page = await browser.submit(asked, { logout: 'yes' })
  expect([page.url, page.text.includes('Sign in as staff')]).toEqual([`${app.url}/`, true])

  const orders = await signIn(browser, `${app.url}/orders`)
  expect([orders.status, orders.url]).toEqual([200, `${app.url}/orders`])
  expect((await browser.open(app.url)).text).toContain(`You are signed in at ${staff.issuer}.`)
  await Promise.all([staff.close(), partners.close()])
})
