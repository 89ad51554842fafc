import { expect, onTestFinished, test } from 'vitest'
import { Browser, type Page } from '../../support/browser.ts'
import { codeOf } from '../../support/flow.ts'
import { readDocument, snippetsOf } from '../../support/house/documents.ts'
import { type AppOfPage, runAppOfPage } from '../../support/provider-pages/app-of-page.ts'
import { type ScriptedProvider, scriptedProvider } from '../../support/scripted-provider.ts'

const page = readDocument('docs/existing-client.md')
const [app] = snippetsOf('docs/existing-client.md', page)

/** The value that the page tells readers to enter at the provider. */
function entered(setting: string): string {
  return new RegExp(`^\\| ${setting}.*?\\| \`([^\`]+)\``, 'm').exec(page)?.[1] ?? `no ${setting}`
}

/** The app of the page, and a provider where the client was created as the page says. */
async function startApp(): Promise<{ app: AppOfPage; provider: ScriptedProvider; visitor: () => Open }> {
  const provider = await scriptedProvider()
  onTestFinished(provider.close)
  delete provider.metadata.registration_endpoint
  provider.clients.set('shop', {
    client_id: 'shop',
    client_secret: 'a secret',
    redirect_uris: [entered('redirect URI')],
    post_logout_redirect_uris: [entered('post-logout redirect URI')],
    token_endpoint_auth_method: 'client_secret_basic',
  })
  const environment = { SESSION_SECRET: 'another', CLIENT_SECRET: 'a secret' }
  const running = await runAppOfPage(app?.code ?? '', { environment, options: { issuer: provider.issuer } })
  onTestFinished(running.close)
  const url = String(running.options.baseUrl)
  const route = (address: URL): URL =>
    address.origin === url ? new URL(address.pathname + address.search, running.origin) : address
  const visitor = (): Open => {
    const browser = new Browser({ route, headers: { 'x-forwarded-proto': 'https' } })
    return (path, form) => (form ? browser.post(url + path, {}) : browser.open(url + path))
  }
  return { app: running, provider, visitor }
}

type Open = (path: string, form?: 'form') => Promise<Page>

test('the app signs a user in and out with the client that was entered at the provider', async () => {
  const { app, provider, visitor } = await startApp()
  const open = visitor()
  const profile = await open('/profile')
  expect([profile.status, profile.url], app.log.join('\n')).toEqual([200, 'https://app.example/profile'])
  expect(JSON.parse(profile.text)).toMatchObject({ sub: provider.user.sub })
  expect((await open('/logout', 'form')).url).toBe('https://app.example/')
  expect((await open('/')).text).toContain('Sign in')
  expect(provider.requestsTo('endSession')).toHaveLength(1)
  expect(provider.requestsTo('register')).toEqual([])
})

test('a secret that has changed is refused with the code that the page names, and nobody is signed out', async () => {
  const { provider, visitor } = await startApp()
  const signedIn = visitor()
  expect((await signedIn('/profile')).status).toBe(200)
  Object.assign(provider.clients.get('shop') ?? {}, { client_secret: 'changed' })
  const refused = await visitor()('/profile')
  expect([refused.status, codeOf(refused)]).toEqual([503, 'ERR_OIDC_CLIENT_REFUSED'])
  expect(page).toContain('[ERR_OIDC_CLIENT_REFUSED]')
  expect((await signedIn('/profile')).status).toBe(200)
})
