import { describe, expect } from 'vitest'
import { Browser } from '../support/browser.ts'
import { codeOf, locationOf, test } from '../support/flow.ts'
import { freePort } from '../support/processes/free-port.ts'
import { nginxIsMissing, startNginx } from '../support/recipes/nginx.ts'
import { filesOf, type RunningRecipe, saveFiles, startFile } from '../support/recipes/recipe.ts'

const page = 'docs/recipes/sub-path.md'
const site = 'https://app.example'

interface Changes {
  readonly nginx?: (code: string) => string
  readonly app?: (code: string) => string
  readonly shopUrl?: string
}

interface Stage {
  readonly browser: Browser
  readonly shop: RunningRecipe
  readonly desk: RunningRecipe
}

/** Both apps of the page behind its nginx, and a browser that finds it at its public address. */
async function stage(issuer: string, changes: Changes = {}): Promise<Stage> {
  const { nginx = code => code, app, shopUrl = `${site}/shop` } = changes
  const ports = { nginx: await freePort(), shop: await freePort(), desk: await freePort() }
  const server = nginx(filesOf(page).get('nginx.conf') ?? '').replace(/(?<=127\.0\.0\.1:)300[01]\b/g, port =>
    String(port === '3000' ? ports.shop : ports.desk),
  )
  const ca = await startNginx(server, ports.nginx)
  const folder = await saveFiles(page, app)
  const shop = await startFile(folder, 'app.ts', { issuer, baseUrl: shopUrl, port: ports.shop })
  const desk = await startFile(folder, 'desk.ts', { issuer, baseUrl: `${site}/desk`, port: ports.desk })
  const route = (url: URL): URL =>
    url.origin === site ? new URL(url.pathname + url.search, `https://127.0.0.1:${ports.nginx}`) : url
  return { browser: new Browser({ ca, route }), shop, desk }
}

describe.skipIf(nginxIsMissing())('two apps below paths of one host', () => {
  test('sign a browser in side by side, each on its own page, and out again', async ({ provider }) => {
    const { browser, shop, desk } = await stage(provider.issuer)
    const start = await browser.open(`${shop.url}/profile?tab=2`, { follow: false })
    expect(locationOf(start).searchParams.get('redirect_uri')).toBe(`${site}/shop/callback`)
    const profile = await browser.open(`${shop.url}/profile?tab=2`)
    expect([profile.status, profile.url]).toEqual([200, `${site}/shop/profile?tab=2`])
    const other = await browser.open(`${desk.url}/profile`)
    expect([other.status, other.url]).toEqual([200, `${site}/desk/profile`])
    expect((await browser.open(`${shop.url}/profile`)).url).toBe(`${site}/shop/profile`)
    expect(await browser.cookies(`${site}/`)).toEqual(
      expect.arrayContaining(['__Host-shop-session', '__Host-desk-session']),
    )
    const left = await browser.submit(await browser.open(`${shop.url}/`))
    expect([left.status, left.url]).toEqual([200, `${site}/shop/`])
    expect(left.text).toContain('Your profile')
    expect((await browser.open(`${desk.url}/`)).text).toBe('You are signed in.')
  })

  test('need the path in BASE_URL', async ({ provider }) => {
    const { browser } = await stage(provider.issuer, { shopUrl: site })
    const lost = await browser.open(`${site}/shop/profile`)
    expect(new URL(lost.url).pathname).toBe('/callback')
    expect(lost.text).toContain('<center>nginx')
  })

  test('need the slash that removes the path', async ({ provider }) => {
    const { browser } = await stage(provider.issuer, { nginx: replacing('3000/', '3000') })
    expect((await browser.open(`${site}/shop/profile`)).status).toBe(404)
  })

  test.for([
    ['trust proxy', { app: replacing("app.set('trust proxy', 1)") }],
    ['X-Forwarded-Proto', { nginx: replacing('X-Forwarded-Proto $scheme', 'X-Forwarded-Proto ""') }],
  ] as const)('need %s for a secure session cookie', async ([, changes], { provider }) => {
    const { browser } = await stage(provider.issuer, changes)
    await browser.open(`${site}/shop/profile`)
    const again = await browser.open(`${site}/shop/profile`)
    expect(codeOf(again)).toBe('ERR_OIDC_SESSION_NOT_RETURNED')
  })

  test('need no host, but say in the log that it is another one', async ({ provider }) => {
    const { browser, shop } = await stage(provider.issuer, {
      nginx: replacing('proxy_set_header Host $host;'),
    })
    expect((await browser.open(`${site}/shop/profile`)).url).toBe(`${site}/shop/profile`)
    await shop.says('127.0.0.1')
  })

  test('need names for their sessions', async ({ provider }) => {
    const { browser, shop, desk } = await stage(provider.issuer, {
      app: code => code.replace(/name: '__Host-\w+-session',/, ''),
    })
    await browser.open(`${shop.url}/profile`)
    expect((await browser.open(`${shop.url}/`)).text).toContain('Sign out')
    await browser.open(`${desk.url}/profile`)
    expect((await browser.open(`${shop.url}/`)).text).toContain('Your profile')
  })

  test('lose the session with a cookie path that the proxy removes', async ({ provider }) => {
    const { browser } = await stage(provider.issuer, {
      app: code =>
        code
          .replace(/name: '__Host-\w+-session',/, '')
          .replace('secure: true', "path: '/shop', secure: true"),
    })
    expect(codeOf(await browser.open(`${site}/shop/profile`))).toBe('ERR_OIDC_SESSION_MISSING')
  })
})

/** Replaces a piece of the page, which must be in one of its files. */
function replacing(piece: string, instead = ''): (code: string) => string {
  if (![...filesOf(page).values()].some(code => code.includes(piece)))
    throw new Error(`The page has no ${piece}`)
  return code => code.replace(piece, instead)
}
