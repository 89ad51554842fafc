import { describe, expect, onTestFinished } from 'vitest'
import { at, browserOfHosts } from '../support/apps/two-hosts.ts'
import type { Browser } from '../support/browser.ts'
import { codeOf, test } from '../support/flow.ts'
import { freePort } from '../support/processes/free-port.ts'
import { saveFiles, startFile } from '../support/recipes/recipe.ts'
import { type ScriptedProvider, scriptedProvider } from '../support/scripted-provider.ts'

const page = 'docs/recipes/tenants-by-host.md'

/** Carries all cookies of one host to another, as a user can. */
async function carryCookies(browser: Browser, from: string, to: string): Promise<Browser> {
  const other = browserOfHosts()
  for (const cookie of await browser.jar.getCookies(from)) {
    await other.jar.setCookie(`${cookie.key}=${cookie.value}; Path=/`, to)
  }
  return other
}

const seen = async (browser: Browser, url: string): Promise<{ user: object | null; note: string | null }> =>
  JSON.parse((await browser.open(`${url}/`)).text)

describe('with an issuer for each tenant', () => {
  interface Tenants {
    readonly acme: string
    readonly globex: string
    readonly second: ScriptedProvider
    readonly port: number
  }

  async function startTenants(
    first: ScriptedProvider,
    change: (code: string) => string = code => code,
  ): Promise<Tenants> {
    const second = await scriptedProvider()
    onTestFinished(second.close)
    first.user = { sub: 'user-1', name: 'Una of Acme' }
    second.user = { sub: 'user-1', name: 'Una of Globex' }
    const port = await freePort()
    const [acme, globex] = ['acme', 'globex'].map(name => at(name, `http://localhost:${port}`)) as [
      string,
      string,
    ]
    const tenants = [
      { name: 'acme', issuer: first.issuer, baseUrl: acme },
      { name: 'globex', issuer: second.issuer, baseUrl: globex },
    ]
    const env = { TENANTS: JSON.stringify(tenants) }
    await startFile(await saveFiles(page, change), 'app.ts', { issuer: first.issuer, env, port })
    return { acme, globex, second, port }
  }

  test('signs users in at the provider of the host', async ({ provider }) => {
    const { acme, globex, second } = await startTenants(provider)
    const browser = browserOfHosts()
    const atAcme = await browser.open(`${acme}/orders`)
    expect([atAcme.url, JSON.parse(atAcme.text)]).toEqual([`${acme}/orders`, { ordersOf: provider.issuer }])
    expect(await seen(browser, globex)).toEqual({ user: null, note: null })
    const atGlobex = await browser.open(`${globex}/orders`)
    expect([atGlobex.url, JSON.parse(atGlobex.text)]).toEqual([
      `${globex}/orders`,
      { ordersOf: second.issuer },
    ])
    expect(await seen(browser, acme)).toMatchObject({ user: { name: 'Una of Acme' } })
    expect(await seen(browser, globex)).toMatchObject({ user: { name: 'Una of Globex' } })
  })

  test('knows no other host', async ({ provider }) => {
    const { port } = await startTenants(provider)
    const lost = await browserOfHosts().open(at('initech', `http://localhost:${port}/orders`))
    expect([lost.status, lost.text]).toEqual([404, 'There is no such tenant.'])
  })

  test('finds no session of another tenant, as it would with one secret', async ({ provider }) => {
    const { acme, globex } = await startTenants(provider)
    const browser = browserOfHosts()
    await browser.open(`${acme}/orders`)
    expect(await seen(await carryCookies(browser, acme, acme), acme)).toMatchObject({
      note: 'seen by user-1',
    })
    expect(await seen(await carryCookies(browser, acme, globex), globex)).toEqual({ user: null, note: null })

    const unsafe = await startTenants(provider, code =>
      code.replace('session({ secret,', "session({ secret: 'one',"),
    )
    await browser.open(`${unsafe.acme}/orders`)
    const carried = await carryCookies(browser, unsafe.acme, unsafe.globex)
    expect(await seen(carried, unsafe.globex)).toEqual({ user: null, note: 'seen by user-1' })
  })
})

describe('with one issuer', () => {
  async function startOrganizations(
    provider: ScriptedProvider,
    change: (code: string) => string = code => code,
  ): Promise<{ readonly acme: string; readonly globex: string; readonly port: number }> {
    const port = await freePort()
    const [acme, globex] = ['acme', 'globex'].map(name => at(name, `http://localhost:${port}`)) as [
      string,
      string,
    ]
    provider.idToken = (claims, header, { asked }) => ({
      claims: { ...claims, org_id: asked.get('organization') ?? undefined },
      header,
    })
    const env = { ORGANIZATIONS: JSON.stringify({ [acme]: 'org_acme', [globex]: 'org_globex' }) }
    await startFile(await saveFiles(page, change), 'organizations.ts', { issuer: provider.issuer, env, port })
    return { acme, globex, port }
  }

  test('asks for the organization of the host', async ({ provider }) => {
    const { acme, globex } = await startOrganizations(provider)
    const browser = browserOfHosts()
    for (const [url, id] of [
      [acme, 'org_acme'],
      [globex, 'org_globex'],
    ]) {
      const orders = await browser.open(`${url}/orders`)
      expect([orders.url, JSON.parse(orders.text)]).toEqual([`${url}/orders`, { ordersOf: id }])
    }
  })

  test.for([
    ['another organization', 'org_globex'],
    ['no organization', undefined],
  ] as const)('signs nobody in with %s', async ([, org_id], { provider }) => {
    const { acme } = await startOrganizations(provider)
    const { idToken } = provider
    provider.idToken = (claims, header) => ({ claims: { ...claims, org_id }, header })
    const browser = browserOfHosts()
    expect(codeOf(await browser.open(`${acme}/orders`))).toBe('ERR_OIDC_LOGIN_REFUSED')
    provider.idToken = idToken
    expect((await browser.open(`${acme}/orders`)).status).toBe(200)
  })

  test.for([
    ['no login pass at an unknown host', "typeof org_id === 'string' && ", 403],
    ['a user without an organization pass there, without the check of the type', '', 200],
  ] as const)('lets %s', async ([, check, status], { provider }) => {
    const { acme, port } = await startOrganizations(provider, code =>
      code
        .replace('acceptLogin: ({ user }, req) => isMember(user, req),', '')
        .replace("typeof org_id === 'string' && ", check),
    )
    const browser = browserOfHosts()
    provider.idToken = (claims, header) => ({ claims, header }) // of a user without an organization
    expect((await browser.open(`${acme}/orders`)).status).toBe(403)
    const elsewhere = at('initech', `http://localhost:${port}`)
    const carried = await carryCookies(browser, acme, elsewhere)
    expect((await carried.open(`${elsewhere}/orders`)).status).toBe(status)
  })

  test('lets no login pass at another host, as it would without the guard', async ({ provider }) => {
    const { acme, globex } = await startOrganizations(provider)
    const browser = browserOfHosts()
    await browser.open(`${acme}/orders`)
    expect((await (await carryCookies(browser, acme, globex)).open(`${globex}/orders`)).status).toBe(403)

    const unsafe = await startOrganizations(provider, code =>
      code.replace('app.use(requireThat(isMember))', ''),
    )
    await browser.open(`${unsafe.acme}/login`)
    const carried = await carryCookies(browser, unsafe.acme, unsafe.globex)
    expect((await carried.open(`${unsafe.globex}/orders`)).text).toBe('{"ordersOf":"org_acme"}')
  })
})
