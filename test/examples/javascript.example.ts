import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startProvider } from '../../examples/provider/provider.ts'
import { Browser, signIn } from '../support/browser.ts'
import { type Example, installExample } from './example.ts'

let example: Example

beforeAll(async () => {
  example = await installExample('javascript')
})

afterAll(() => example.remove())

test('`npm run dev` needs no other provider', async () => {
  const app = await example.start('dev')
  const profile = await new Browser().open(`${app.url}/profile`)
  expect([profile.status, profile.url]).toEqual([200, `${app.url}/profile`])
  expect(profile.text).toContain('Alice Liddell')
})

test('`npm start` signs in at the provider that .env names', async () => {
  const provider = await startProvider()
  await writeFile(join(example.folder, '.env'), `ISSUER_BASE_URL=${provider.issuer}\nPORT=1`)
  const app = await example.start('start')
  const profile = await signIn(new Browser(), `${app.url}/profile`)
  expect([profile.status, profile.url]).toEqual([200, `${app.url}/profile`])
  await rm(join(example.folder, '.env'))
  await provider.close()
})

test('the CommonJS app of the README signs in', async () => {
  const provider = await startProvider()
  const readme = await readFile(join(example.folder, 'README.md'), 'utf8')
  const [, code = ''] = /```js\n(.*?)```/s.exec(readme) ?? []
  await writeFile(join(example.folder, 'app.cjs'), code)
  const app = await example.startFile('app.cjs', { ISSUER_BASE_URL: provider.issuer })
  const page = await signIn(new Browser(), app.url)
  expect(page.text).toBe('Hello Alice Liddell')
  await provider.close()
})
