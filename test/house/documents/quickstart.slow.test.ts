import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Browser } from '../../support/browser.ts'
import { followPage } from '../../support/house/quickstart.ts'
import { startChild } from '../../support/processes/child.ts'
import { freePort } from '../../support/processes/free-port.ts'

const root = join(import.meta.dirname, '../../..')

test('the app of the quickstart signs a user in and out', async ({ onTestFinished }) => {
  const folder = await followPage()
  onTestFinished(() => rm(join(root, folder), { recursive: true }))
  const port = await freePort()
  const url = `http://localhost:${port}`
  const env = { PORT: String(port), BASE_URL: url, OIDC_STORE: join(root, folder, '.oidc') }
  const app = startChild(join(folder, 'dev.js'), env)
  onTestFinished(async () => void (await app.stop()))
  await app.says('Registered this app as client')

  const program = await fetch(`${url}/profile`)
  expect(program.status).toBe(401)
  expect(await program.json()).toEqual({
    error: 'ERR_OIDC_UNAUTHENTICATED',
    message: 'Sign in first.',
    loginUrl: `${url}/login`,
  })

  const browser = new Browser()
  expect((await browser.open(url)).text).toContain('You are not signed in.')
  const profile = await browser.open(`${url}/profile`)
  expect(profile.url).toBe(`${url}/profile`)
  expect(JSON.parse(profile.text)).toMatchObject({ sub: 'alice', name: 'Alice', email: 'alice@app.example' })

  const atProvider = await browser.submit(await browser.open(url))
  expect(atProvider.text).toContain('<title>Sign out</title>') // a browser submits it by itself
  const signedOut = await browser.submit(atProvider, { logout: 'yes' })
  expect(signedOut.url).toBe(`${url}/`)
  expect(signedOut.text).toContain('You are not signed in.')
})
