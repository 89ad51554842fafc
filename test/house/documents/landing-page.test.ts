import { expect, onTestFinished, test } from 'vitest'
import { Browser } from '../../support/browser.ts'
import { readDocument, snippetsOf } from '../../support/house/documents.ts'
import { runAppOfPage } from '../../support/provider-pages/app-of-page.ts'
import { scriptedProvider } from '../../support/scripted-provider.ts'

const [app] = snippetsOf('docs/index.md', readDocument('docs/index.md'))

test('the landing page has an app of ten lines', () => {
  expect(app?.code.trimEnd().split('\n')).toHaveLength(10)
})

test('the app of the landing page registers itself and signs a user in', async () => {
  const provider = await scriptedProvider()
  onTestFinished(provider.close)
  const running = await runAppOfPage(app?.code ?? '', {
    environment: { SESSION_SECRET: 'a secret' },
    options: { issuer: provider.issuer },
  })
  onTestFinished(running.close)
  const url = String(running.options.baseUrl)
  const route = (address: URL): URL =>
    address.origin === url ? new URL(address.pathname + address.search, running.origin) : address
  const browser = new Browser({ route })
  expect((await browser.open(url)).text).toContain('Sign in')
  const profile = await browser.open(`${url}/profile`)
  expect([profile.status, profile.url], running.log.join('\n')).toEqual([200, `${url}/profile`])
  expect(JSON.parse(profile.text)).toMatchObject({ sub: provider.user.sub })
  expect((await browser.open(url)).text).toBe('Welcome back.')
  expect(provider.requestsTo('register')).toHaveLength(1)
})
