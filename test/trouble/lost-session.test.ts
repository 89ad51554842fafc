import { describe, expect } from 'vitest'
import { Browser } from '../support/browser.ts'
import { codeOf, test } from '../support/flow.ts'
import { travel } from '../support/trouble/journey.ts'
import { losses } from '../support/trouble/lost-session.ts'
import { addRow, pageRow } from '../support/trouble/row.ts'

describe('a session that does not come back ends in one page and one line of the log', () => {
  test.for(losses)('$wrong', async (loss, { task, provider, start, browser }) => {
    const app = await start(loss.options)
    await app.rp.ready()
    await loss.prepare?.(browser, app.url)
    const before = app.log.length
    const { page, redirects } = await travel(browser, `${app.url}/private`, loss.headers)
    const logged = app.log.slice(before)
    addRow(task, { wrong: loss.wrong, ...pageRow(page), logged, redirects })

    expect([page.status, codeOf(page), redirects]).toEqual([loss.status, loss.code, loss.redirects])
    expect(logged).toHaveLength(1)
    expect(logged[0]).toContain(loss.cause)
    expect(logged[0]).toContain(`(${loss.code}, `)
    expect(app.shown()).toBe(0)
    expect(provider.requestsTo('authorize').length).toBeLessThanOrEqual(2)
  })

  test('while the twin of all of them signs in', async ({ start, browser }) => {
    const app = await start()
    const { page, redirects } = await travel(browser, `${app.url}/private`)
    expect([page.status, redirects, app.shown()]).toEqual([200, 3, 1])
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    expect(await app.userOf(new Browser())).toBeNull()
  })
})
