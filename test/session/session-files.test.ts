import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import session from 'express-session'
import connectFiles from 'session-file-store'
import { describe, expect } from 'vitest'
import { embeddedStore } from '../../src/index.ts'
import { sqliteStore } from '../../src/sqlite.ts'
import { codeOf, expectSignIn } from '../support/flow.ts'
import { showLogin, test, visit } from '../support/logout.ts'

const FileStore = connectFiles(session)
const filesIn = (path: string) =>
  new FileStore({ path, reapInterval: -1, retries: 0, logFn: () => undefined })

describe('sessions in files', () => {
  test('a damaged one costs its user one request, and a new sign-in', async ({ start, directory }) => {
    const sessions = join(directory, 'sessions')
    const app = await start({
      session: { store: filesIn(sessions) },
      relyingParty: { store: sqliteStore(join(directory, 'oidc.sqlite')), name: 'app' },
      after: showLogin,
    })
    const { browser } = await visit(app)
    const [name = ''] = await readdir(sessions)
    await writeFile(join(sessions, name), '{"cookie":{')
    expect((await browser.open(`${app.url}/me`)).status).toBe(500)
    expect(await readdir(sessions)).toEqual([])
    expect(await app.userOf(browser)).toBeNull()
    await expectSignIn({ app, browser })
  })

  test('are refused in production with records that end with the process, and work with sqliteStore', async ({
    start,
    directory,
    browser,
    onTestFinished,
  }) => {
    const before = process.env['NODE_ENV']
    process.env['NODE_ENV'] = 'production'
    onTestFinished(() => {
      process.env['NODE_ENV'] = before
    })
    const store = filesIn(join(directory, 'sessions'))
    const wrong = await start({
      session: { store },
      relyingParty: { store: embeddedStore(join(directory, 'records')) },
    })
    const page = await browser.open(wrong.url)
    expect([page.status, codeOf(page)]).toEqual([500, 'ERR_OIDC_STORE_NOT_SHARED'])
    expect(wrong.log.join(' ')).toContain('sqliteStore(path), from express-oidc-rp/sqlite')
    const app = await start({
      session: { store: filesIn(join(directory, 'sessions')) },
      relyingParty: { store: sqliteStore(join(directory, 'oidc.sqlite')), name: 'app' },
    })
    await expectSignIn({ app, browser })
  })
})
