import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { describe, expect } from 'vitest'
import type { TestApp } from '../support/app.ts'
import type { Browser, Page } from '../support/browser.ts'
import { test } from '../support/flow.ts'
import { travel } from '../support/trouble/journey.ts'
import { addRow, pageRow } from '../support/trouble/row.ts'

const elsewhere = { baseUrl: 'https://shop.example' }

async function openTwice(browser: Browser, app: TestApp, headers: Record<string, string>): Promise<Page> {
  await browser.open(app.url, { headers })
  return browser.open(app.url, { headers })
}

/** Requests an address as a load balancer does, and tells the status. */
async function probe(url: string, headers: Record<string, string>): Promise<number | undefined> {
  const [response]: IncomingMessage[] = await once(get(url, { headers }), 'response')
  response?.resume()
  return response?.statusCode
}

describe('requests for another address than baseUrl are served, and named once', () => {
  test.for([
    [
      'another host',
      { host: 'www.shop.example' },
      'opened at http://www.shop.example, but options.baseUrl is https://shop.example',
    ],
    [
      'another port',
      { host: 'shop.example:8443', 'x-forwarded-proto': 'https' },
      'opened at https://shop.example:8443',
    ],
    ['http instead of https', { host: 'shop.example' }, 'opened at http://shop.example,'],
    [
      'another host, told by a proxy',
      { 'x-forwarded-host': 'old.example', 'x-forwarded-proto': 'https' },
      'https://old.example',
    ],
    ['localhost, with the baseUrl of production', {}, 'opened at http://localhost'],
  ] as const)('%s', async ([wrong, headers, sentence], { task, start, browser }) => {
    const app = await start({ relyingParty: elsewhere })
    await app.rp.ready()
    const { length } = app.log
    const page = await openTwice(browser, app, headers)
    const logged = app.log.slice(length)
    addRow(task, { wrong: `a page is opened at ${wrong}`, ...pageRow(page), logged })
    expect([page.status, page.text, logged.length]).toEqual([200, 'public', 1])
    expect(logged[0]).toContain(sentence)
  })

  test.for([
    ['the address itself', { host: 'shop.example', 'x-forwarded-proto': 'https' }],
    ['the address with its usual port', { host: 'SHOP.example:443', 'x-forwarded-proto': 'https' }],
    [
      'a proxy that tells the host but not the scheme',
      { host: 'shop.example', 'x-forwarded-for': '192.0.2.1' },
    ],
    ['a proxy that keeps the host to itself', { host: '127.0.0.1:3000', 'x-forwarded-for': '192.0.2.1' }],
    ['a proxy that calls a container by its name', { host: 'app:3000', 'x-forwarded-proto': 'https' }],
    ['a scanner', { host: '203.0.113.9' }],
    ['a host that is none', { host: '<script>' }],
  ] as const)('but nothing is said about %s', async ([, headers], { start, browser }) => {
    const app = await start({ relyingParty: elsewhere })
    await app.rp.ready()
    const { length } = app.log
    const page = await openTwice(browser, app, headers)
    expect([page.status, app.log.slice(length)]).toEqual([200, []])
  })

  test.for(['10.0.0.7:3000', 'shop-7d4f.internal:3000'])(
    'nor about a health check of %s, which is answered',
    async (host, { start }) => {
      const app = await start({ relyingParty: elsewhere })
      await app.rp.ready()
      const { length } = app.log
      expect(await probe(app.url, { host, accept: '*/*', 'user-agent': 'kube-probe/1.33' })).toBe(200)
      expect(app.log.slice(length)).toEqual([])
    },
  )

  test('a sign-in that starts there ends at baseUrl', async ({ task, provider, start, browser }) => {
    const first = await start()
    const port = Number(new URL(first.url).port)
    await first.close()
    const app = await start({ port, relyingParty: { baseUrl: `http://127.0.0.1:${port}` } })
    await app.rp.ready()
    const { length } = app.log
    const { page, redirects } = await travel(browser, `${app.url}/private`)
    const logged = app.log.slice(length)
    addRow(task, {
      wrong: 'a sign-in starts at another host than that of baseUrl',
      ...pageRow(page),
      logged,
      redirects,
    })
    expect([page.status, page.url]).toEqual([200, `http://127.0.0.1:${port}/`])
    expect(redirects).toBe(5)
    expect(logged).toEqual([
      expect.stringContaining(`opened at ${app.url}, but options.baseUrl is http://127.0.0.1`),
    ])
    expect(provider.requestsTo('authorize')).toHaveLength(2)
    expect(JSON.parse((await browser.open(`http://127.0.0.1:${port}/me`)).text)).toMatchObject({
      sub: 'user-1',
    })
    expect(await app.userOf(browser)).toBeNull()
  })
})
