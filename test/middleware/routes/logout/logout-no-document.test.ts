import { describe, expect } from 'vitest'
import { expectSignIn, test } from '../../../support/flow.ts'

/** Requests that a page of this app makes without opening anything in a tab. */
const requests = [
  ['an image', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }],
  ['a stylesheet', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'style' }],
  ['a frame', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }],
  ['an object', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'object' }],
  ['fetch()', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: '*/*' }],
] as const

/** The same from a browser that sends no Fetch Metadata: Node leaves out a header without a value. */
const without = { 'sec-fetch-mode': [], 'sec-fetch-dest': [], 'sec-fetch-site': [] } as object
const older = [
  ['an image', { accept: 'image/png,*/*' }],
  ['fetch()', { accept: '*/*' }],
  ['jQuery', { accept: 'text/html', 'x-requested-with': 'XMLHttpRequest' }],
] as const

describe('GET /logout signs nobody out', () => {
  test.for([
    ...requests,
    ...older.map(([name, headers]) => [`${name} of an older browser`, { ...without, ...headers }] as const),
  ])('for %s', async ([, headers], { provider, app, browser }) => {
    await expectSignIn({ app, browser })
    const init = { headers: { referer: `${app.url}/page`, ...headers }, from: app.url, follow: false }
    const page = await browser.open(`${app.url}/logout`, init)
    expect([page.status, page.headers.get('allow')]).toEqual([405, 'POST'])
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    expect(provider.requestsTo('endSession')).toHaveLength(0)
  })
})

describe('but signs out', () => {
  test.for([
    ['a tab', {}],
    ['a tab of an older browser', { ...without, accept: 'text/html' }],
  ] as const)('%s', async ([, headers], { provider, app, browser }) => {
    await expectSignIn({ app, browser })
    await browser.open(`${app.url}/logout`, {
      headers: { referer: `${app.url}/page`, ...headers },
      from: app.url,
    })
    expect(await app.userOf(browser)).toBeNull()
    expect(provider.requestsTo('endSession')).toHaveLength(1)
  })
})
