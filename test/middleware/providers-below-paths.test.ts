import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { memoryStore, relyingParty } from '../../src/index.ts'
import { startApp } from '../support/app.ts'
import { test } from '../support/apps/two-providers.ts'

test('brings back no login that was ended while a page below the path of the other one was slow', async ({
  a,
  b,
  browser,
  onTestFinished,
}) => {
  const baseUrl = 'http://localhost:9/below'
  const below = relyingParty({ issuer: b.issuer, baseUrl, name: 'b', store: memoryStore(), log: false })
  let meanwhile = async (): Promise<unknown> => undefined
  const app = await startApp(a.issuer, {
    before(router) {
      router.use('/below', below, async (req, res) => {
        Object.assign(req.session, { written: randomUUID() })
        await meanwhile()
        res.send('written')
      })
    },
  })
  onTestFinished(async () => void (await Promise.all([app.close(), below.close()])))
  await browser.open(`${app.url}/private`)
  await browser.open(`${app.url}/below`)
  expect(await app.userOf(browser)).toMatchObject({ name: 'Una at A' })
  const cookie = await browser.jar.getCookieString(app.url)
  meanwhile = () => browser.post(`${app.url}/logout`, {}, { follow: false })
  expect((await browser.open(`${app.url}/below`)).text).toBe('written')
  expect(await (await fetch(`${app.url}/me`, { headers: { cookie } })).json()).toBeNull()
})
