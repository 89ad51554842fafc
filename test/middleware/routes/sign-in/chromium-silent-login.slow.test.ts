import { expect } from 'vitest'
import { attemptSilentLogin } from '../../../../src/index.ts'
import { chromiumIsMissing, launchChromium, visitor } from '../../../support/browser/chromium.ts'
import { ANONYMOUS, attempts, options, test } from '../../../support/sign-in/silent-login.ts'

test.skipIf(chromiumIsMissing())(
  'Chromium without cookies is sent to the provider once, and then left alone',
  async ({ start, script, onTestFinished }) => {
    const app = await start({
      ...options,
      before: app => void app.use((req, _res, next) => next(void delete req.headers.cookie)),
      after: app => {
        app.get('/favicon.ico', (_req, res) => void res.status(204).end())
        app.get('/', attemptSilentLogin()) // the start page tries too: it must not send round in a circle
        options.after?.(app)
      },
    })
    await app.rp.ready()
    const chromium = await launchChromium()
    onTestFinished(() => chromium.close())
    const { tab, troubles } = await visitor(chromium)
    const page = await tab()
    await page.goto(`${app.url}/shop?page=2`)
    await page.waitForURL(`${app.url}/`)
    expect(await page.textContent('body')).toBe('public')
    for (let count = 0; count < 2; count += 1) {
      await page.evaluate("location.assign('/shop?page=2')")
      await page.waitForURL('**/shop?page=2')
      expect(`200 /shop?page=2 ${await page.textContent('body')}`).toBe(ANONYMOUS)
    }
    expect([attempts(script), troubles]).toEqual([1, []])
  },
)
