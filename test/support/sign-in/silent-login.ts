import { attemptSilentLogin } from '../../../src/index.ts'
import type { TestApp, TestAppOptions } from '../app.ts'
import type { Browser } from '../browser.ts'
import { test as base } from '../flow.ts'
import { type Script, silently } from './silent-provider.ts'

export const options: TestAppOptions = {
  after: app => {
    app.all(
      '/shop',
      attemptSilentLogin(),
      (req, res) => void res.send(req.user ? `for ${req.user.name}` : 'for visitors'),
    )
  },
}

/** An app that tries a silent sign-in at its shop, and a provider at which nobody is signed in. */
export const test = base
  .extend('app', async ({ start }): Promise<TestApp> => {
    const app = await start(options)
    await app.rp.ready()
    return app
  })
  .extend('script', ({ provider }): Script => silently(provider, 'login_required'))

export const attempts = ({ asked }: Script): number => asked.filter(prompt => prompt === 'none').length

/** What a browser sees at the shop, from wherever it comes. */
export async function shopOf(browser: Browser, app: TestApp, from?: string): Promise<string> {
  const page = await browser.open(`${app.url}/shop?page=2`, from === undefined ? {} : { from })
  return `${page.status} ${page.url.replace(app.url, '')} ${page.text}`
}

export const ANONYMOUS = '200 /shop?page=2 for visitors'
