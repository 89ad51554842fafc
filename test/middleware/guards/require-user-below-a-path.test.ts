import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import session from 'express-session'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { memoryStore, relyingParty, requireUser } from '../../../src/index.ts'
import { startApp } from '../../support/app.ts'
import { strippingProxy } from '../../support/apps/stripping-proxy.ts'
import { Browser } from '../../support/browser.ts'
import { type ScriptedProvider, scriptedProvider } from '../../support/scripted-provider.ts'

let provider: ScriptedProvider
const cleanups: (() => unknown)[] = []

beforeEach(async () => {
  provider = await scriptedProvider()
})

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  await provider.close()
})

describe('mounted below a path', () => {
  let shop: string

  beforeEach(async () => {
    shop = `${await startMounted('/shop')}/shop`
  })

  test('leads back to the page with its query', async () => {
    const page = await new Browser().open(`${shop}/private?tab=2`)
    expect(page).toMatchObject({ status: 200, url: `${shop}/private?tab=2`, text: 'shop page of Una User' })
  })

  test('leads back to a page of a router further down', async () => {
    const page = await new Browser().open(`${shop}/cart/private?tab=2`)
    expect(page).toMatchObject({ status: 200, url: `${shop}/cart/private?tab=2` })
  })

  test('leads back to the page that held a form', async () => {
    const headers = { referer: `${shop}/private?step=2` }
    const page = await new Browser().post(`${shop}/private`, {}, { headers })
    expect(page).toMatchObject({ status: 200, url: `${shop}/private?step=2` })
  })

  test('names the login URL below it', async () => {
    const response = await fetch(`${shop}/private`, { headers: { accept: 'application/json' } })
    expect(await response.json()).toMatchObject({ loginUrl: `${shop}/login` })
  })

  test('signs out by its own addresses', async () => {
    const browser = new Browser()
    await browser.open(`${shop}/private`)
    const page = await browser.post(`${shop}/logout`, { returnTo: '/shop/' })
    expect(page).toMatchObject({ status: 200, url: `${shop}/`, text: 'shop' })
    const back = provider.requestsTo('endSession')[0]?.query.get('post_logout_redirect_uri')
    expect(back).toBe(`${shop}/logout/callback`)
  })
})

describe.for([
  ['keeps the host', true],
  ['names the app as host', false],
] as const)('behind a proxy that takes the prefix away and %s', ([, keepHost]) => {
  let shop: string

  beforeEach(async () => {
    const proxy = await strippingProxy('/shop', { keepHost })
    cleanups.push(proxy.close)
    const app = await startApp(provider.issuer, { relyingParty: { baseUrl: proxy.url } })
    cleanups.push(app.close)
    proxy.forwardTo(app.url)
    shop = proxy.url
  })

  test('leads back to the page with its query', async () => {
    const page = await new Browser().open(`${shop}/private?tab=2`)
    expect(page).toMatchObject({
      status: 200,
      url: `${shop}/private?tab=2`,
      text: 'private page of Una User',
    })
  })

  test('leads back to the page that held a form', async () => {
    const headers = { referer: `${shop}/me?step=2` }
    const page = await new Browser().post(`${shop}/private`, {}, { headers })
    expect(page).toMatchObject({ status: 200, url: `${shop}/me?step=2` })
  })

  test('names the login URL with its prefix', async () => {
    const response = await fetch(`${shop}/private`, { headers: { accept: 'application/json' } })
    expect(await response.json()).toMatchObject({ loginUrl: `${shop}/login` })
  })

  test('signs in and out by its own addresses', async () => {
    const browser = new Browser()
    const signedIn = await browser.open(`${shop}/login?returnTo=/shop/me`)
    expect(signedIn).toMatchObject({ status: 200, url: `${shop}/me` })
    expect(JSON.parse(signedIn.text)).toMatchObject({ sub: 'user-1' })
    const page = await browser.post(`${shop}/logout`, { returnTo: '/shop/me' })
    expect(page).toMatchObject({ status: 200, url: `${shop}/me`, text: 'null' })
  })
})

test('leads back to a page whose own path begins like the prefix that the proxy takes away', async () => {
  const proxy = await strippingProxy('/shop')
  cleanups.push(proxy.close)
  const app = await startApp(provider.issuer, {
    relyingParty: { baseUrl: proxy.url },
    after: under => under.get('/shop/private', requireUser(), (_req, res) => void res.send('shop in a shop')),
  })
  cleanups.push(app.close)
  proxy.forwardTo(app.url)
  const page = await new Browser().open(`${proxy.url}/shop/private`)
  expect(page).toMatchObject({ status: 200, url: `${proxy.url}/shop/private`, text: 'shop in a shop' })
})

test('leads back where a proxy takes one part of the path away and the app is mounted at the rest', async () => {
  const proxy = await strippingProxy('/apps')
  cleanups.push(proxy.close)
  proxy.forwardTo(await startMounted('/shop', `${proxy.url}/shop`))
  const page = await new Browser().open(`${proxy.url}/shop/private?tab=2`)
  expect(page).toMatchObject({ status: 200, url: `${proxy.url}/shop/private?tab=2` })
})

/** Starts an app with the middleware, its guard and its pages below a path; the rest of the app knows nothing of them. */
async function startMounted(path: string, baseUrl?: string): Promise<string> {
  const app = express()
  const server = createServer(app).listen(0, 'localhost')
  await new Promise(resolve => server.once('listening', resolve))
  const url = `http://localhost:${(server.address() as AddressInfo).port}`
  const rp = relyingParty({
    issuer: provider.issuer,
    baseUrl: baseUrl ?? url + path,
    store: memoryStore(),
    log: false,
  })
  const pages = express.Router()
  pages.get('/', (_req, res) => void res.send('shop'))
  pages.all('/private', requireUser(), (req, res) => void res.send(`shop page of ${req.user?.name}`))
  pages.use(
    '/cart',
    express
      .Router()
      .use(requireUser())
      .get('/private', (_req, res) => void res.send('cart')),
  )
  app.use(session({ secret: 'a secret for tests', resave: false, saveUninitialized: false }))
  app.use(path, rp, pages)
  cleanups.push(() => {
    void rp.close()
    server.closeAllConnections()
    server.close()
  })
  return url
}
