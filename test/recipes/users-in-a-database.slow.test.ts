import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import type { LoginDetails } from 'express-oidc-rp'
import { Pool } from 'pg'
import { describe, expect, onTestFinished } from 'vitest'
import { Browser, type Page } from '../support/browser.ts'
import { codeOf, test } from '../support/flow.ts'
import { postgresIsMissing, startPostgres } from '../support/processes/postgres-server.ts'
import { filesOf, type RunningRecipe, saveFiles, startFile } from '../support/recipes/recipe.ts'
import { type ScriptedProvider, scriptedProvider } from '../support/scripted-provider.ts'

const page = 'docs/recipes/users-in-a-database.md'
const una = { sub: 'user-1', name: 'Una', email: 'una@app.example', email_verified: true }

interface Stage {
  readonly app: RunningRecipe
  readonly database: DatabaseSync
  readonly folder: string
}

async function stage(provider: ScriptedProvider, change?: (code: string) => string): Promise<Stage> {
  provider.user = una
  const folder = await saveFiles(page, change)
  const app = await startFile(folder, 'app.ts', { issuer: provider.issuer })
  const database = new DatabaseSync(join(folder, 'accounts.db'))
  onTestFinished(() => database.close())
  return { app, database, folder }
}

const openAccount = (app: RunningRecipe, browser = new Browser()): Promise<Page> =>
  browser.open(`${app.url}/account`)

describe('the app with SQLite', () => {
  test('saves a user at the first sign-in and updates them at the next', async ({ provider }) => {
    const { app, database } = await stage(provider)
    const first = await openAccount(app)
    expect(JSON.parse(first.text)).toEqual({ id: 1, name: 'Una', email: 'una@app.example', blocked: 0 })
    provider.user = { ...una, name: 'Una Two' }
    const again = await openAccount(app)
    expect(JSON.parse(again.text)).toMatchObject({ id: 1, name: 'Una Two' })
    expect(database.prepare('SELECT issuer, subject FROM accounts').all()).toEqual([
      { issuer: provider.issuer, subject: 'user-1' },
    ])
  })

  test('saves no address that the provider has not verified', async ({ provider }) => {
    const { app } = await stage(provider)
    provider.user = { ...una, email_verified: false }
    expect(JSON.parse((await openAccount(app)).text)).toMatchObject({ id: 1, email: null })
  })

  test('refuses a blocked account, signed in or not', async ({ provider, browser }) => {
    const { app, database } = await stage(provider)
    expect((await openAccount(app, browser)).status).toBe(200)
    database.exec('UPDATE accounts SET blocked = 1')
    expect(await openAccount(app, browser)).toMatchObject({ status: 403, text: 'This account is blocked.' })
    const refused = await openAccount(app)
    expect([refused.status, codeOf(refused)]).toEqual([403, 'ERR_OIDC_LOGIN_REFUSED'])
    database.exec('UPDATE accounts SET blocked = 0')
    expect((await openAccount(app, browser)).status).toBe(200)
  })

  test('signs nobody in while the table is gone', async ({ provider, browser }) => {
    const { app, database } = await stage(provider)
    database.exec('ALTER TABLE accounts RENAME TO lost')
    const failed = await openAccount(app, browser)
    expect([failed.status, codeOf(failed)]).toEqual([500, 'ERR_OIDC_LOGIN_UNDECIDED'])
    database.exec('ALTER TABLE lost RENAME TO accounts')
    expect(JSON.parse((await openAccount(app, browser)).text)).toMatchObject({ id: 1 })
  })

  test('keeps users of two providers apart', async ({ provider }) => {
    const { app, folder } = await stage(provider)
    expect(JSON.parse((await openAccount(app)).text)).toMatchObject({ id: 1, name: 'Una' })
    const second = await scriptedProvider()
    onTestFinished(second.close)
    second.user = { sub: 'user-1', name: 'Another' }
    const other = await startFile(folder, 'app.ts', { issuer: second.issuer })
    expect(JSON.parse((await openAccount(other)).text)).toMatchObject({ id: 2, name: 'Another' })
    expect(JSON.parse((await openAccount(app)).text)).toMatchObject({ id: 1, name: 'Una' })
  })
})

describe('a line that is missing', () => {
  test('UNIQUE: the app does not start', async ({ provider }) => {
    const started = stage(provider, code => code.replace(/,\s+UNIQUE \(issuer, subject\)/, ''))
    await expect(started).rejects.toThrow('ON CONFLICT clause does not match')
  })

  test('ON CONFLICT: only the first sign-in works', async ({ provider }) => {
    const { app } = await stage(provider, code => code.replace(/ON CONFLICT .* excluded.email/, ''))
    expect((await openAccount(app)).status).toBe(200)
    expect(codeOf(await openAccount(app))).toBe('ERR_OIDC_LOGIN_UNDECIDED')
  })

  test('issuer in the key: a user of another provider gets the account', async ({ provider }) => {
    const { app, folder } = await stage(provider, code =>
      code
        .replaceAll('(issuer, subject)', '(subject)')
        .replace('issuer = ? AND subject', '? <> subject AND subject')
        .replace('INSERT INTO accounts (subject, name', 'INSERT INTO accounts (issuer, subject, name'),
    )
    expect(JSON.parse((await openAccount(app)).text)).toMatchObject({ id: 1, name: 'Una' })
    const second = await scriptedProvider()
    onTestFinished(second.close)
    second.user = { sub: 'user-1', name: 'Mallory' }
    const other = await startFile(folder, 'app.ts', { issuer: second.issuer })
    expect(JSON.parse((await openAccount(other)).text)).toMatchObject({ id: 1, name: 'Mallory' })
  })

  test('acceptLogin: a user without an account is signed in', async ({ provider, browser }) => {
    const { app, database } = await stage(provider, code => code.replace('acceptLogin(', 'onLogin('))
    database.exec('ALTER TABLE accounts RENAME TO lost')
    expect((await browser.open(`${app.url}/login`)).url).toBe(`${app.url}/`)
    database.exec('ALTER TABLE lost RENAME TO accounts')
    expect(await openAccount(app, browser)).toMatchObject({ status: 403, url: `${app.url}/account` })
  })

  test('the check for blocked: a user who is signed in stays in', async ({ provider, browser }) => {
    const { app, database } = await stage(provider, code =>
      code.replace('if (account?.blocked !== 0)', 'if (!account)'),
    )
    await openAccount(app, browser)
    database.exec('UPDATE accounts SET blocked = 1')
    expect((await openAccount(app, browser)).status).toBe(200)
    expect((await openAccount(app)).status).toBe(403)
  })

  test('email_verified: an address that may be of another person is saved', async ({ provider }) => {
    const { app } = await stage(provider, code => code.replace('user.email_verified === true ? ', 'true ? '))
    provider.user = { ...una, email_verified: false }
    expect(JSON.parse((await openAccount(app)).text)).toMatchObject({ email: 'una@app.example' })
  })
})

describe.skipIf(postgresIsMissing())('the statement for PostgreSQL', () => {
  test('saves a user once, however many first sign-ins end at the same moment', async () => {
    const postgres = await startPostgres()
    onTestFinished(postgres.remove)
    const pool = new Pool({ host: '127.0.0.1', port: postgres.port, user: 'postgres', max: 20 })
    onTestFinished(() => pool.end())
    await pool.query(filesOf(page).get('accounts.sql') ?? '')
    const { mayEnter } = (await import(pathToFileURL(join(await saveFiles(page), 'accounts.ts')).href)) as {
      mayEnter: (pool: Pool, login: LoginDetails) => Promise<boolean>
    }
    const login = {
      claims: { iss: 'https://op.example', sub: 'user-1' },
      user: una,
    } as unknown as LoginDetails
    const entered = await Promise.all(Array.from({ length: 20 }, () => mayEnter(pool, login)))
    expect(new Set(entered)).toEqual(new Set([true]))
    const { rows } = await pool.query('SELECT issuer, subject, name, email FROM accounts')
    expect(rows).toEqual([
      { issuer: 'https://op.example', subject: 'user-1', name: 'Una', email: 'una@app.example' },
    ])
    await pool.query('UPDATE accounts SET blocked = true')
    expect(await mayEnter(pool, login)).toBe(false)
  })
})
