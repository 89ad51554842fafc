import type { Page } from 'playwright-core'
import { describe, expect } from 'vitest'
import type { TestApp, TestAppOptions } from '../../support/app.ts'
import { type HttpsSites, httpsSites } from '../../support/apps/https-sites.ts'
import { chromiumIsMissing, launchChromium } from '../../support/browser/chromium.ts'
import { test as base } from '../../support/flow.ts'

const cookie = { secure: true, sameSite: 'none', partitioned: true } as const
const framed: TestAppOptions = {
  relyingParty: { partitionedCookies: true },
  session: { cookie },
  before: app => void app.set('trust proxy', 1),
  after: app =>
    void app.get('/out', (_req, res) => {
      res.send('<form method="post" action="/logout?returnTo=/me"><button>Sign out</button></form>')
    }),
}

interface Framed {
  readonly app: TestApp
  readonly sites: HttpsSites
  /** A tab at a site that frames a page of the app. */
  readonly openAt: (site: string, path: string) => Promise<Page>
  readonly tab: Page
}

const test = base.extend('startFramed', ({ start, onTestFinished }) => {
  return async (options: TestAppOptions = framed): Promise<Framed> => {
    const sites = await httpsSites()
    onTestFinished(() => sites.close())
    const app = await start({ ...options, baseUrl: () => sites.at('app.test') })
    sites.forward('app.test', app.url)
    await app.rp.ready()
    // Chromium then withholds cookies of other sites from frames, unless they are partitioned.
    const flags = ['--host-resolver-rules=MAP *.test 127.0.0.1', '--test-third-party-cookie-phaseout']
    const chromium = await launchChromium(flags)
    onTestFinished(() => chromium.close())
    const context = await chromium.newContext({ ignoreHTTPSErrors: true })
    const tab = await context.newPage()
    return {
      app,
      sites,
      tab,
      async openAt(site, path) {
        sites.show(site, `<iframe name="app" src="${sites.at('app.test')}${path}"></iframe>`)
        await tab.goto(sites.at(site))
        return tab
      },
    }
  }
})

const frameOf = (tab: Page) => tab.frameLocator('iframe').locator('body')

describe.skipIf(chromiumIsMissing())('in Chromium, an app in a frame of another site', () => {
  test('signs its user in there, keeps the login, and signs out again', async ({ startFramed }) => {
    const { openAt, tab } = await startFramed()
    await openAt('portal.test', '/private')
    await expect.poll(() => frameOf(tab).textContent()).toBe('private page of Una User')
    await openAt('portal.test', '/me')
    await expect.poll(() => frameOf(tab).textContent()).toContain('user-1')
    await openAt('portal.test', '/out')
    await tab.frameLocator('iframe').getByRole('button').click()
    await expect.poll(() => frameOf(tab).textContent()).toBe('null')
    const left = (await tab.context().cookies()).map(({ name }) => name.split('.')[0])
    expect(left).toEqual(['__Host-oidc-silent'])
  })

  test.for([
    ['the cookies of the library are not for frames', { relyingParty: {} }, 'Set options.partitionedCookies'],
    [
      'that of express-session is not',
      { session: { cookie: { secure: true } } },
      'options.partitionedCookies is on, but',
    ],
  ] as const)('signs nobody in there, and says why, if %s', async ([, options, reason], { startFramed }) => {
    const { app, openAt, tab } = await startFramed({ ...framed, ...options })
    await openAt('portal.test', '/private')
    await expect.poll(() => app.log.join()).toContain(reason)
    await openAt('portal.test', '/me')
    expect(await frameOf(tab).textContent()).toBe('null')
  })

  test('does not know the user who is signed in in a tab, and the other way round', async ({
    startFramed,
  }) => {
    const { openAt, tab, sites } = await startFramed()
    const other = await tab.context().newPage()
    await other.goto(`${sites.at('app.test')}/private`)
    expect(await other.textContent('body')).toBe('private page of Una User')
    await openAt('portal.test', '/me')
    expect(await frameOf(tab).textContent()).toBe('null')
    await openAt('portal.test', '/private')
    await expect.poll(() => frameOf(tab).textContent()).toBe('private page of Una User')
    await openAt('evil.test', '/me')
    expect(await frameOf(tab).textContent()).toBe('null')
  })

  test('asks before another site signs the user out', async ({ startFramed }) => {
    const { tab, sites } = await startFramed()
    const url = sites.at('app.test')
    sites.show('evil.test', `<form method="post" action="${url}/logout"><button>Win</button></form>`)
    await tab.goto(`${url}/private`)
    await tab.goto(sites.at('evil.test'))
    await tab.getByRole('button').click()
    await expect.poll(() => tab.textContent('h1')).toContain('Sign out of')
    await tab.goto(`${url}/me`)
    expect(await tab.textContent('body')).toContain('user-1')
  })
})
