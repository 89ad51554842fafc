import { MemoryStore } from 'express-session'
import { describe, expect } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { Browser, type Page } from '../support/browser.ts'
import { codeOf, test } from '../support/flow.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { addRow, pageRow } from '../support/trouble/row.ts'

/** A balancer that sends callbacks to the second replica and all else to the first. */
function openBalanced(path: string, one: TestApp, other: TestApp): Promise<Page> {
  const route = (url: URL): URL =>
    url.pathname === '/callback' ? new URL(url.pathname + url.search, other.url) : url
  return new Browser({ route }).open(one.url + path)
}

describe('a callback at the second replica', () => {
  test('is refused if each replica has its own records, and so its own client', async ({
    task,
    provider,
    start,
  }) => {
    const one = await start()
    const other = await start({ baseUrl: () => one.url })
    await Promise.all([one.rp.ready(), other.rp.ready()])
    const { length } = other.log
    const page = await openBalanced('/private', one, other)
    const logged = other.log.slice(length)
    addRow(task, { wrong: 'two replicas, each with its own folder of records', ...pageRow(page), logged })
    expect([page.status, codeOf(page)]).toEqual([400, 'ERR_OIDC_STATE_UNKNOWN'])
    expect(provider.clients.size).toBe(2)
  })

  test('knows the sign-in if they share the records', async ({ provider, start }) => {
    const directory = await temporaryDirectory()
    const session = { store: new MemoryStore() }
    const one = await start({ directory, session })
    const other = await start({ directory, session, baseUrl: () => one.url })
    await Promise.all([one.rp.ready(), other.rp.ready()])
    const page = await openBalanced('/private', one, other)
    expect([page.status, page.url]).toEqual([200, `${one.url}/private`])
    expect(provider.clients.size).toBe(1)
  })
})
