import { expect } from 'vitest'
import { attemptSilentLogin, memoryStore, relyingParty } from '../../../../src/index.ts'
import { startApp } from '../../../support/app.ts'
import { routesAt, test } from '../../../support/apps/two-providers.ts'

test('after signing out at one provider, no other one is tried silently', async ({
  a,
  b,
  browser,
  onTestFinished,
}) => {
  let second: ReturnType<typeof relyingParty> | undefined
  const app = await startApp(a.issuer, {
    after(router) {
      router.use((req, res, next) => {
        const baseUrl = `http://${req.headers.host}`
        const options = { issuer: b.issuer, baseUrl, routes: routesAt('/b'), store: memoryStore(), name: 'b' }
        second ??= relyingParty({ ...options, log: false })
        second(req, res, next)
      })
      router.get('/shop', attemptSilentLogin(), (req, res) => void res.send(req.user?.name ?? 'a visitor'))
    },
  })
  onTestFinished(async () => void (await Promise.all([app.close(), second?.close()])))
  await app.rp.ready()
  await browser.open(`${app.url}/b/login`)
  expect(await app.userOf(browser)).toMatchObject({ name: 'Una at B' })
  await browser.open(`${app.url}/b/logout`)
  expect((await browser.open(`${app.url}/shop`)).text).toBe('a visitor')
  expect(a.requestsTo('authorize')).toEqual([])
})
