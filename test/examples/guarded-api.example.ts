import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProvider } from '../../examples/provider/provider.ts'
import { Browser, signIn } from '../support/browser.ts'
import { asProgram } from '../support/flow.ts'
import { type Example, installExample } from './example.ts'

let example: Example

beforeAll(async () => {
  example = await installExample('guarded-api')
})

afterAll(() => example.remove())

test('has types, and tests of its own that pass', async () => {
  expect(await example.run('check')).toBe('') // tsc
  expect(await example.run('test')).toMatch(/Tests .*\d+ passed/)
})

test('`npm run dev` shows an admin all orders', async () => {
  const app = await example.start('dev')
  const page = await new Browser().open(`${app.url}/admin`)
  expect([page.status, page.url]).toEqual([200, `${app.url}/admin`])
  expect(page.text).toContain('A spirit level')
})

test('`npm run dev` prints a line that asks the API as a program', async () => {
  const app = await example.start('dev')
  await app.says('/api/orders\n')
  const [, token = '', url = ''] = /curl -H 'Authorization: Bearer (\S+)' (\S+)/.exec(app.output()) ?? []
  const ask = (authorization: string) => fetch(url, { headers: { authorization } })
  expect(await (await ask(`Bearer ${token}`)).json()).toMatchObject([{ owner: 'alice' }])
  expect((await ask(`Bearer ${token.replace(/..$/, '')}`)).status).toBe(401)
})

test('`npm start` guards pages and API, by what the provider says of the user', async () => {
  const provider = await startProvider()
  const app = await example.start('start', { ISSUER_BASE_URL: provider.issuer })
  const browser = new Browser()
  expect((await browser.open(`${app.url}/api/orders`, asProgram)).status).toBe(401)

  const orders = await signIn(browser, `${app.url}/orders`, { login: 'bob', password: 'builder' })
  expect([orders.status, orders.url]).toEqual([200, `${app.url}/orders`])
  expect(orders.text).toContain('A spirit level')
  expect((await browser.open(`${app.url}/admin`)).status).toBe(403)
  expect(JSON.parse((await browser.open(`${app.url}/api/orders`, asProgram)).text)).toHaveLength(1)
  await provider.close()
})
