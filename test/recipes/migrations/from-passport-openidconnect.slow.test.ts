import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import type { LoginDetails } from 'express-oidc-rp'
import { describe, expect, test } from 'vitest'
import { Browser, signIn } from '../../support/browser.ts'
import { isLibraryMissing, stageMigration } from '../../support/recipes/migration.ts'
import { saveFiles } from '../../support/recipes/recipe.ts'

const page = 'docs/from-passport-openidconnect.md'
const options = { callback: '/callback', authentication: 'client_secret_post' }

describe.skipIf(isLibraryMissing('passport-openidconnect'))('both apps of the page', () => {
  test('know a user by the same issuer and subject, with the same client', async () => {
    const { provider, url, startBefore, startAfter } = await stageMigration(page, options)
    const alice = { issuer: provider.issuer, id: 'alice', name: 'Alice Liddell' }
    const browser = new Browser()
    const before = await startBefore()
    const old = await signIn(browser, `${url}/profile`)
    expect([old.url, JSON.parse(old.text)]).toEqual([`${url}/profile`, alice])
    await before.stop()

    await startAfter()
    const now = await browser.open(`${url}/profile`) // the session at the provider is still there
    expect([now.url, JSON.parse(now.text)]).toEqual([`${url}/profile`, alice])
    const left = await browser.post(`${url}/logout`, {})
    expect((await browser.submit(left, { logout: 'yes' })).text).toBe('Nobody is signed in.')
  })
})

test('the users of passport-openidconnect are found by issuer and subject', async () => {
  const file = join(await saveFiles(page), 'users.ts')
  const { userIdOf } = (await import(pathToFileURL(file).href)) as {
    userIdOf: (database: DatabaseSync, claims: Partial<LoginDetails['claims']>) => unknown
  }
  const database = new DatabaseSync(':memory:')
  database.exec(`
    CREATE TABLE federated_credentials (user_id INTEGER, provider TEXT, subject TEXT, PRIMARY KEY (provider, subject));
    INSERT INTO federated_credentials VALUES (7, 'https://op.example', 'alice');
  `)
  expect(userIdOf(database, { iss: 'https://op.example', sub: 'alice' })).toBe(7)
  expect(userIdOf(database, { iss: 'https://other.example', sub: 'alice' })).toBeUndefined()
})
