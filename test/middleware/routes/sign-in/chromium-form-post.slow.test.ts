import { expect, onTestFinished, test } from 'vitest'
import { startProvider } from '../../../../examples/provider/provider.ts'
import { startApp } from '../../../support/app.ts'
import { chromiumIsMissing, launchChromium, visitor } from '../../../support/browser/chromium.ts'

declare module 'express-session' {
  interface SessionData {
    basket?: string
  }
}

test.skipIf(chromiumIsMissing())(
  'Chromium brings the cookies that a post from another site leaves behind',
  async () => {
    const provider = await startProvider()
    onTestFinished(() => provider.close())
    const app = await startApp(provider.issuer, {
      relyingParty: { responseMode: 'form_post' },
      session: { cookie: { sameSite: 'lax' } },
      after: under => {
        under.get('/put', (req, res) => {
          req.session.basket = 'an apple'
          res.send('put')
        })
        under.get('/basket', (req, res) => void res.send(`${req.session.basket} of ${req.user?.sub}`))
      },
    })
    onTestFinished(() => app.close())
    const chromium = await launchChromium()
    onTestFinished(() => chromium.close())
    const alice = await visitor(chromium)
    const tab = await alice.tab()
    await tab.goto(`${app.url}/put`)
    await tab.goto(`${app.url}/login?returnTo=/basket`)
    await tab.getByLabel('Login').fill('alice')
    await tab.getByLabel('Password').fill('wonderland')
    await tab.getByRole('button', { name: 'Sign in' }).click()
    await tab.getByRole('button', { name: 'Allow' }).click()
    await tab.waitForURL(`${app.url}/basket`)
    expect(await tab.textContent('body')).toBe('an apple of alice')
  },
)
