import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { Browser, signIn } from '../../support/browser.ts'
import { codeOf } from '../../support/flow.ts'
import { isLibraryMissing, stageMigration } from '../../support/recipes/migration.ts'
import { filesOf } from '../../support/recipes/recipe.ts'

const page = 'docs/from-better-auth.md'
const options = { callback: '/api/auth/callback/op', authentication: 'client_secret_post' }

describe.skipIf(isLibraryMissing('better-auth'))('both apps of the page', () => {
  test('know a user by the same id, with the same client and the database of Better Auth', async () => {
    const { provider, folder, url, startBefore, startAfter } = await stageMigration(page, options)
    const browser = new Browser()
    const before = await startBefore()
    const old = await signIn(browser, `${url}/profile`)
    expect([old.url, JSON.parse(old.text)]).toMatchObject([`${url}/profile`, { name: 'Alice Liddell' }])
    await before.stop()

    const database = new DatabaseSync(join(folder, 'auth.db'))
    database.exec((filesOf(page).get('move.sql') ?? '').replace('https://op.example', provider.issuer))
    database.close()
    await startAfter()
    const now = await browser.open(`${url}/profile`) // the session at the provider is still there
    expect([now.url, JSON.parse(now.text)]).toEqual([`${url}/profile`, JSON.parse(old.text)])

    const bob = { login: 'bob', password: 'builder' }
    const refused = await signIn(new Browser(), `${url}/profile`, bob)
    expect([refused.status, codeOf(refused)]).toEqual([403, 'ERR_OIDC_LOGIN_REFUSED'])
  })
})
