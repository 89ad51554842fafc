import type { Express } from 'express'
import { MemoryStore } from 'express-session'
import { expect, vi } from 'vitest'
import { memoryStore, relyingParty, requireUser } from '../../../src/index.ts'
import { codeOf, expectSignIn, test } from '../../support/flow.ts'
import { accessToken, audience, call } from '../../support/tokens/bearer.ts'

/** Sessions that outlive the process. */
class LastingStore extends MemoryStore {}

test('an app that signs users in can take access tokens alone below a path', async ({
  provider,
  start,
  browser,
  onTestFinished,
}) => {
  vi.stubEnv('NODE_ENV', 'production')
  onTestFinished(() => void vi.unstubAllEnvs())
  const mountApi = (router: Express): void => {
    router.use('/api', (req, res, next) => {
      api ??= relyingParty({
        issuer: provider.issuer,
        baseUrl: `http://${req.headers.host}`,
        name: 'api',
        store: { ...memoryStore(), shared: false },
        bearer: { audience, tokensOnly: true },
        log: false,
      })
      api(req, res, next)
    })
    router.get('/api', requireUser(), (req, res) => void res.json(req.user))
  }
  let api: ReturnType<typeof relyingParty> | undefined
  onTestFinished(async () => await api?.close())
  const app = await start({
    session: { store: new LastingStore() },
    relyingParty: { name: 'pages', store: { ...memoryStore(), shared: true } },
    after: mountApi,
  })
  await expectSignIn({ app, browser })
  const page = await browser.open(`${app.url}/api`)
  expect([page.status, codeOf(page)]).toEqual([401, 'ERR_OIDC_UNAUTHENTICATED'])
  expect(page.headers.get('www-authenticate')).toBe(`Bearer realm="${app.url}"`)
  expect(await call(app, '/api', await accessToken(provider))).toMatchObject({ status: 200 })
  await expectSignIn({ app, browser })
})
