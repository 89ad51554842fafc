import { test as base, onTestFinished } from 'vitest'
import { type TestProvider, testProvider } from '../../../src/testing.ts'
import { startApp, type TestApp, type TestAppOptions } from '../app.ts'
import { Browser } from '../browser.ts'
import { locationOf } from '../flow.ts'
import { recordTelemetry } from './telemetry.ts'

type Start = (options?: TestAppOptions) => Promise<TestApp>

/** A test with a real provider, a real SDK that records, and a way to start apps. */
export const test = base
  .extend('telemetry', () => recordTelemetry())
  .extend('provider', async ({ onTestFinished }): Promise<TestProvider> => {
    const provider = await testProvider({ user: { sub: 'alice', name: 'Alice', email: 'alice@op.test' } })
    onTestFinished(() => provider.close())
    return provider
  })
  .extend('start', ({ provider, telemetry }): Start => {
    return async (options = {}) => {
      const app = await startApp(provider.issuer, { before: telemetry.serve, ...options })
      onTestFinished(app.close)
      return app
    }
  })
  .extend('browser', () => new Browser())

/** Goes through the provider as far as the callback, which is not opened. */
export async function passProvider(browser: Browser, app: TestApp): Promise<URL> {
  let url = new URL(`${app.url}/login`)
  while (url.pathname !== '/callback') url = locationOf(await browser.open(url.href, { follow: false }))
  return url
}
