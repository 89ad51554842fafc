import { request as sendPlainly } from 'node:http'
import { request as sendSecurely } from 'node:https'
import { expect, onTestFinished, test } from 'vitest'
import { Browser, signIn } from '../../support/browser.ts'
import { fapiStage } from '../../support/fapi/fapi-app.ts'
import { readDocument, snippetsOf } from '../../support/house/documents.ts'
import { runAppOfPage } from '../../support/provider-pages/app-of-page.ts'
import { certify } from '../../support/providers/tls-servers.ts'

const apps = ['docs/fapi.md', 'docs/fapi-message-signing.md'].flatMap(page =>
  snippetsOf(page, readDocument(page)),
)

test('each page has an app, and the first one another with a certificate', () => {
  const features = ["profile: 'fapi2'", 'tls_client_auth', "'fapi2-message-signing'"]
  expect(apps.map(({ code }, index) => code.includes(features[index] ?? '?'))).toEqual([true, true, true])
})

test.for(apps)('$name signs a user in', async ({ code }) => {
  const { provider } = await fapiStage()
  const identity = await certify({ issuer: provider.authority, host: 'app.example' })
  const files: Readonly<Record<string, string>> = {
    '/run/tls/app.crt': identity.cert,
    '/run/tls/app.key': identity.private,
  }
  const app = await runAppOfPage(code, {
    environment: { SESSION_SECRET: 'a secret' },
    options: { issuer: provider.issuer },
    modules: {
      'node:fs': { readFileSync: (name: string) => files[name] },
      'node:https': {
        // The provider of the test is at http, except where it asks for certificates.
        request: (url: string, options: object, done: () => void) =>
          url.startsWith('http:')
            ? sendPlainly(url, { method: 'GET', ...options }, done)
            : sendSecurely(url, { ...options, ca: provider.authority.cert }, done),
      },
    },
  })
  onTestFinished(app.close)
  const url = String(app.options.baseUrl)
  const route = (address: URL): URL =>
    address.origin === url ? new URL(address.pathname + address.search, app.origin) : address
  const page = await signIn(new Browser({ route }), `${url}/profile`)
  expect([page.status, page.url], app.log.join('\n')).toEqual([200, `${url}/profile`])
  expect(JSON.parse(page.text)).toMatchObject({ sub: 'alice' })
  expect(provider.mtlsRequests.length > 0).toBe(code.includes('tls_client_auth'))
})
