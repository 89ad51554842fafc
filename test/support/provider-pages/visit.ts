import { onTestFinished } from 'vitest'
import type { TestApp } from '../app.ts'
import { Browser, type Page } from '../browser.ts'
import { type AppOfPage, runAppOfPage } from './app-of-page.ts'
import { type Emulation, emulate } from './emulation.ts'
import type { Deviation, ProviderFixture } from './fixture.ts'
import { appCodeOf } from './fixtures.ts'

/** The app of a page at its provider, and a browser that finds both at their addresses. */
export interface Visit extends Pick<Emulation, 'provider' | 'deviate' | 'signLogoutToken'> {
  readonly app: Pick<TestApp, 'url' | 'userOf'> & Pick<AppOfPage, 'log' | 'options'>
  readonly browser: Browser
  /** Another browser. */
  readonly openBrowser: () => Browser
  /** Opens a page of the app and signs in where it is asked to. */
  readonly open: (path: string, browser?: Browser) => Promise<Page>
}

/** Opens the app of a fixture's page, with the options of a deviation. */
export async function visit(fixture: ProviderFixture, options: Deviation['options'] = {}): Promise<Visit> {
  const emulation = await emulate(fixture)
  onTestFinished(emulation.provider.close)
  const environment = { CLIENT_SECRET: 'a secret +/:%&=~', SESSION_SECRET: 'another', ...fixture.environment }
  const { fetch, route, admit, provider, deviate, signLogoutToken } = emulation
  const others = { ...fixture.impossible, ...fixture.options, ...options } as NonNullable<
    Deviation['options']
  >
  const app = await runAppOfPage(appCodeOf(fixture), {
    environment,
    options: { fetch, ...others } as typeof others,
  })
  onTestFinished(app.close)
  const { endpoints = app.options.endpoints } = others
  admit(
    {
      ...app.options,
      ...(fixture.impossible && others),
      ...(endpoints && { endpoints }),
    } as AppOfPage['options'],
    environment.CLIENT_SECRET,
  )
  const [url = ''] = [app.options.baseUrl].flat()
  const found = (address: URL): URL => {
    if (address.origin === url) return new URL(address.pathname + address.search, app.origin)
    const target = route(address)
    if (target) return target
    throw new Error(`${fixture.name} has nothing at ${address.href}.`)
  }
  const openBrowser = (): Browser => new Browser({ route: found })
  const browser = openBrowser()
  return {
    provider,
    deviate,
    signLogoutToken,
    browser,
    openBrowser,
    app: {
      ...app,
      url,
      userOf: async visitor => JSON.parse((await visitor.open(`${url}/who`)).text),
    },
    async open(path, visitor = browser) {
      const page = await visitor.open(url + path)
      return page.text.includes('document.forms[0].submit()') ? visitor.submit(page) : page
    },
  }
}
