import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProvider } from '../../examples/provider/provider.ts'
import { Browser, signIn } from '../support/browser.ts'
import { freePort } from '../support/processes/free-port.ts'
import { type Example, healthOf, installExample } from './example.ts'

let example: Example

beforeAll(async () => {
  example = await installExample('basic')
})

afterAll(() => example.remove())

test('has types', async () => {
  expect(await example.run('check')).toBe('') // tsc
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

test('the health check fails while the app cannot sign users in, and other pages work', async () => {
  const app = await example.startFile('server.ts', {
    ISSUER_BASE_URL: `http://127.0.0.1:${await freePort()}`,
  })
  expect(await healthOf(app.url)).toBe(503)
  expect((await new Browser().open(app.url)).status).toBe(200)
})

test('`npm start` reads .env, and what is set already wins', async () => {
  const provider = await startProvider()
  const lines = [`ISSUER_BASE_URL=${provider.issuer}`, 'PORT=1', 'BASE_URL=http://localhost:1']
  await writeFile(join(example.folder, '.env'), lines.join('\n'))
  const app = await example.start('start')
  expect((await signIn(new Browser(), `${app.url}/profile`)).url).toBe(`${app.url}/profile`)
  await rm(join(example.folder, '.env'))
  await provider.close()
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
