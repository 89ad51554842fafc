import { afterAll, beforeAll, expect, test } from 'vitest'
import { Browser } from '../support/browser.ts'
import { freePort } from '../support/child.ts'
import { redirect } from '../support/scripted-hydra/wire.ts'
import { type ScriptedHydra, scriptedHydra } from '../support/scripted-hydra.ts'
import { type Example, installExample, type RunningExample } from './example.ts'

let example: Example
let hydra: ScriptedHydra
let app: RunningExample

beforeAll(async () => {
  example = await installExample('hydra')
  hydra = await scriptedHydra({ asksUser: true })
  const port = await freePort()
  // As URLS_LOGIN, URLS_CONSENT and URLS_LOGOUT of compose.yaml say.
  hydra.answer('pages', ({ path, query }, response) => {
    redirect(response, 302, `http://127.0.0.1:${port}${path.replace('/ui', '')}?${query.toString()}`)
  })
  const appPort = await freePort()
  app = await example.startFile('start.ts', {
    PORT: String(appPort),
    BASE_URL: `http://127.0.0.1:${appPort}`,
    ISSUER_BASE_URL: hydra.issuer,
    HYDRA_ADMIN_URL: hydra.issuer,
    LOGIN_CONSENT_PORT: String(port),
  })
})

afterAll(async () => {
  await example.remove()
  await hydra.close()
})

test('has types', async () => {
  await example.run('check')
})

test('asks for a password and for consent, and signs in and out', async () => {
  const browser = new Browser()
  const form = await browser.open(`${app.url}/profile`)
  expect(form.text).toContain('to go on to')
  const wrong = await browser.submit(form, { login: 'alice', password: 'rabbit' })
  expect([wrong.status, wrong.text.includes('Login or password is wrong.')]).toEqual([401, true])
  const consent = await browser.submit(wrong, { login: 'alice', password: 'wonderland' })
  expect(consent.text).toContain('You are signed in as <strong>alice</strong>')
  const profile = await browser.submit(consent, { decision: 'allow' })
  expect([profile.status, profile.url]).toEqual([200, `${app.url}/profile`])
  for (const claim of ['Alice Liddell', 'alice@example.com', 'admin']) expect(profile.text).toContain(claim)

  const asked = await browser.submit(await browser.open(app.url))
  expect(asked.text).toContain('Sign out?')
  const page = await browser.submit(asked, { decision: 'yes' })
  expect(page.url).toBe(`${app.url}/`)
  expect(page.text).toContain('You are not signed in.')
  expect(hydra.sessions.size).toBe(0)
})
