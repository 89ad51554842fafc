import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { describe, expect } from 'vitest'
import { attemptSilentLogin } from '../../../../src/index.ts'
import { asProgram, expectSignIn } from '../../../support/flow.ts'
import { attempts, options, shopOf, test } from '../../../support/sign-in/silent-login.ts'
import { CountingStore } from '../../../support/tokens/user-info.ts'

describe('a silent sign-in is not tried', () => {
  test.for([
    ['for a script', asProgram.headers],
    ['ahead of time', { 'sec-purpose': 'prefetch;prerender' }],
    ['in a frame', { 'sec-fetch-dest': 'iframe' }],
    ['by XMLHttpRequest', { 'sec-fetch-mode': 'cors', 'x-requested-with': 'XMLHttpRequest' }],
  ] as const)('%s', async ([, headers = {}], { app, browser, script }) => {
    const page = await browser.open(`${app.url}/shop`, { headers, follow: false })
    expect([page.status, page.text]).toEqual([200, 'for visitors'])
    expect(await browser.cookies(app.url)).toEqual([])
    await shopOf(browser, app)
    expect(attempts(script)).toBe(1)
  })

  test('for a form', async ({ app, browser, script }) => {
    const page = await browser.post(`${app.url}/shop`, {}, { from: 'https://other.example/' })
    expect([page.status, page.text]).toEqual([200, 'for visitors'])
    expect(await browser.cookies(app.url)).toEqual([])
    expect(attempts(script)).toBe(0)
  })

  test('for who is signed in', async ({ app, browser, script }) => {
    script.outcome = undefined
    await expectSignIn({ app, browser })
    await shopOf(browser, app)
    expect(attempts(script)).toBe(0)
  })

  test('for an address to which nobody can be sent back', async ({ app, browser, script }) => {
    const page = await browser.open(`${app.url}/shop?${'x'.repeat(2_100)}`, { follow: false })
    expect([page.status, page.text]).toEqual([200, 'for visitors'])
    expect(attempts(script)).toBe(0)
  })

  test('for a path that is no URL, which no browser sends', async ({ start }) => {
    const app = await start({
      after: app => void app.use(attemptSilentLogin(), (_req, res) => void res.send('for visitors')),
    })
    await app.rp.ready()
    const headers = { accept: 'text/html', 'sec-fetch-dest': 'document', 'sec-fetch-mode': 'navigate' }
    const [answer] = (await once(get(app.url, { path: '//[x', headers }), 'response')) as [IncomingMessage]
    expect([answer.statusCode, await text(answer)]).toEqual([200, 'for visitors'])
  })

  test('while the provider is away, and the page does not wait', async ({ provider, start, browser }) => {
    await provider.stop()
    const app = await start(options)
    const page = await browser.open(`${app.url}/shop`, { follow: false })
    expect([page.status, page.text]).toEqual([200, 'for visitors'])
    expect(await browser.cookies(app.url)).toEqual([]) // so it is tried when the provider is back
  })

  test('while there are no sessions', async ({ start, browser }) => {
    const store = new CountingStore()
    const app = await start({ ...options, session: { store } })
    await app.rp.ready()
    await browser.open(`${app.url}/`)
    store.emit('disconnect')
    const page = await browser.open(`${app.url}/shop`, { follow: false })
    expect([page.status, page.text]).toEqual([200, 'for visitors'])
    expect(await browser.cookies(app.url)).toEqual([])
  })
})
