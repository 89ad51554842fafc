import { describe, expect } from 'vitest'
import { expectSignIn, reachCallback, test } from '../support/flow.ts'
import { travel } from '../support/trouble/journey.ts'
import { addRow, pageRow } from '../support/trouble/row.ts'

describe('a callback that arrives twice shows no error', () => {
  test.for([
    ['is opened again after the sign-in', {}, 200],
    ['is prefetched first', { 'sec-purpose': 'prefetch' }, 503],
  ] as const)('if it %s', async ([how, headers, firstStatus], { task, provider, app, browser }) => {
    const { href } = await reachCallback(browser, app)
    const first = await browser.open(href, { headers })
    const { length } = app.log
    const second = await browser.open(href)
    addRow(task, { wrong: `a callback ${how}`, ...pageRow(second), logged: app.log.slice(length) })
    expect([first.status, second.status, second.url]).toEqual([firstStatus, 200, `${app.url}/private`])
    expect(app.log.slice(length)).toEqual([])
    expect(provider.requestsTo('token')).toHaveLength(1)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })
})

describe('GET /logout for what is no page', () => {
  test.for([
    ['an image', { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' }, 405],
    ['a frame', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' }, 405],
    ['fetch()', { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: '*/*' }, 405],
    ['a prefetch', { 'sec-purpose': 'prefetch' }, 503],
  ] as const)('signs nobody out: %s', async ([what, headers, status], { task, app, browser }) => {
    await expectSignIn({ app, browser })
    const { length } = app.log
    const page = await browser.open(`${app.url}/logout`, { headers, from: app.url, follow: false })
    addRow(task, { wrong: `GET /logout by ${what}`, ...pageRow(page), logged: app.log.slice(length) })
    expect([page.status, app.log.slice(length)]).toEqual([status, []])
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })

  test('while a link does', async ({ app, browser }) => {
    await expectSignIn({ app, browser })
    await browser.open(`${app.url}/logout`, { from: app.url })
    expect(await app.userOf(browser)).toBeNull()
  })
})

describe('a path is matched as Express matches it', () => {
  test.for(['/login/', '/LOGIN'])('%s signs in', async (path, { task, app, browser }) => {
    await app.rp.ready()
    const { length } = app.log
    const { page, redirects } = await travel(browser, `${app.url + path}?returnTo=/private`)
    addRow(task, {
      wrong: `${path} instead of /login`,
      ...pageRow(page),
      logged: app.log.slice(length),
      redirects,
    })
    expect([page.status, page.url, redirects]).toEqual([200, `${app.url}/private`, 3])
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })
})
