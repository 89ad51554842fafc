import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProvider } from '../../examples/provider/provider.ts'
import { Browser, signIn } from '../support/browser.ts'
import { type Example, installExample } from './example.ts'

let example: Example

beforeAll(async () => {
  example = await installExample('basic')
})

afterAll(() => example.remove())

test('has types', async () => {
  await example.run('check')
})

test('`npm run dev` needs no other provider', async () => {
  const app = await example.start('dev')
  const browser = new Browser()
  expect((await browser.open(app.url)).text).toContain('You are not signed in.')
  const profile = await browser.open(`${app.url}/profile`)
  expect([profile.status, profile.url]).toEqual([200, `${app.url}/profile`])
  expect(profile.text).toContain('Alice Liddell')
  expect(app.output()).toContain(`Open ${app.url}`)
})

test('`npm start` signs in at the provider that it is told, and out', async () => {
  const provider = await startProvider()
  const app = await example.start('start', { ISSUER_BASE_URL: provider.issuer })
  const browser = new Browser()
  const profile = await signIn(browser, `${app.url}/profile`)
  expect([profile.status, profile.url]).toEqual([200, `${app.url}/profile`])
  const asked = await browser.submit(await browser.open(app.url))
  const page = await browser.submit(asked, { logout: 'yes' })
  expect(page.url).toBe(`${app.url}/`)
  expect(page.text).toContain('You are not signed in.')
  await provider.close()
})
