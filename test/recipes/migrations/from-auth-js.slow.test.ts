import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import { hasField } from '../../support/browser/browser-form.ts'
import { Browser, type Page } from '../../support/browser.ts'
import { isLibraryMissing, stageMigration } from '../../support/recipes/migration.ts'
import { filesOf } from '../../support/recipes/recipe.ts'

const page = 'docs/from-auth-js.md'
const options = { callback: '/auth/callback/op', authentication: 'client_secret_basic' }

describe.skipIf(isLibraryMissing('@auth/express'))('both apps of the page', () => {
  test('know a user by the same id, with the same client', async () => {
    const { url, startBefore, startAfter } = await stageMigration(page, options)
    const alice = { id: 'alice', name: 'Alice Liddell' }
    const browser = new Browser()
    const before = await startBefore()
    const choice = await browser.open(`${url}/profile`)
    const old = await answerProvider(browser, await browser.submit(choice, {}, { form: '/auth/signin/op' }))
    expect([old.url, JSON.parse(old.text)]).toEqual([`${url}/profile`, alice])
    await before.stop()

    await startAfter()
    const now = await browser.open(`${url}/profile`) // the session at the provider is still there
    expect([now.url, JSON.parse(now.text)]).toEqual([`${url}/profile`, alice])
  })
})

async function answerProvider(browser: Browser, first: Page): Promise<Page> {
  const atLogin = hasField(first, 'password')
    ? await browser.submit(first, { login: 'alice', password: 'wonderland' })
    : first
  return hasField(atLogin, 'decision') ? browser.submit(atLogin, { decision: 'allow' }) : atLogin
}

test('the tables of an adapter are moved', () => {
  const database = new DatabaseSync(':memory:')
  database.exec(`
    CREATE TABLE accounts (id TEXT PRIMARY KEY, "userId" TEXT, type TEXT, provider TEXT, "providerAccountId" TEXT);
    INSERT INTO accounts VALUES ('1', 'u1', 'oidc', 'op', 'alice'), ('2', 'u1', 'oauth', 'github', '42');
  `)
  database.exec(filesOf(page).get('move.sql') ?? '')
  expect(database.prepare('SELECT * FROM identities').all()).toEqual([
    { issuer: 'https://op.example', subject: 'alice', user_id: 'u1' },
  ])
})
