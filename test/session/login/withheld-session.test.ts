import type { Express } from 'express'
import { expect } from 'vitest'
import { locationOf, test } from '../../support/flow.ts'

/** Every visitor gets a session, whose cookie browsers withhold from a form of another site. */
const session = { saveUninitialized: true, cookie: { sameSite: 'lax' } } as const

function showBasket(app: Express): void {
  app.get('/put', (req, res) => {
    Object.assign(req.session, { basket: 'an apple' })
    res.send('put')
  })
  app.get('/basket', ({ session: held }, res) => void res.send(Reflect.get(held, 'basket') ?? 'nothing'))
}

test('a sign-in by form_post keeps what the anonymous session held', async ({ start, browser }) => {
  const app = await start({ session, after: showBasket, relyingParty: { responseMode: 'form_post' } })
  await browser.open(`${app.url}/put`)
  const back = await browser.submit(await browser.open(`${app.url}/private`), {}, { follow: false })
  expect(back.headers.getSetCookie()).toEqual([])
  await browser.open(locationOf(back).href)
  expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  expect((await browser.open(`${app.url}/basket`)).text).toBe('an apple')
})

test('a form that starts a sign-in leaves the session that is there', async ({
  provider,
  start,
  browser,
}) => {
  const app = await start({ session })
  await browser.open(`${app.url}/private`)
  const fields = { iss: provider.issuer }
  const page = await browser.post(`${app.url}/initiate-login`, fields, {
    from: 'https://elsewhere.example',
    follow: false,
  })
  expect([page.status, page.headers.getSetCookie()]).toEqual([303, []])
  expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
})
