import { MemoryStore } from 'express-session'
import { describe, expect } from 'vitest'
import { memoryStore, type Store } from '../../src/index.ts'
import { codeOf, expectSignIn, test } from '../support/flow.ts'
import { addRow, pageRow } from '../support/trouble/row.ts'

/** What other middleware puts on a request: no store, and nothing that gives it another id. */
const foreign = [
  ['cookie-session', () => ({ isNew: true, isChanged: false, isPopulated: false })],
  ['cookie-session, after the app has ended the session', () => null],
  [
    'iron-session',
    () => ({ save: async () => undefined, destroy: () => undefined, updateConfig: () => undefined }),
  ],
  ['client-sessions', () => ({ reset: () => undefined, setDuration: () => undefined })],
] as const

describe('sessions that are not those of express-session are refused at the first request', () => {
  test.for(foreign)('%s', async ([wrong, make], { task, start, browser }) => {
    const app = await start({
      session: false,
      before: express => {
        express.use((req, _res, next) => {
          Object.assign(req, { session: make() })
          next()
        })
      },
    })
    await app.rp.ready()
    const { length } = app.log
    const page = await browser.open(`${app.url}/private`)
    const logged = app.log.slice(length)
    addRow(task, { wrong: `the session of ${wrong}`, ...pageRow(page), logged })
    expect([page.status, codeOf(page)]).toEqual([500, 'ERR_OIDC_SESSION_MISSING'])
    expect(logged).toEqual([expect.stringContaining('mount express-session instead')])
    expect([app.shown(), await browser.cookies(app.url)]).toEqual([0, []])
  })

  test('while those of express-session sign in', ({ app, browser }) => expectSignIn({ app, browser }))
})

class FileStore extends MemoryStore {}

/** A store of the app's own that keeps sessions in memory, and says so. */
class OwnStore extends MemoryStore {
  readonly durability = 'process'
}

describe('sessions that outlive the records of this library are named, with every way out', () => {
  test('once, at the first request', async ({ task, start, browser }) => {
    const app = await start({ session: { store: new FileStore() } })
    await app.rp.ready()
    const { length } = app.log
    const page = await browser.open(app.url)
    await browser.open(app.url)
    const logged = app.log.slice(length)
    addRow(task, { wrong: 'sessions outlive the records of logins', ...pageRow(page), logged })
    expect([page.status, logged.length]).toEqual([200, 1])
    for (const way of [
      'redisStore(client)',
      'postgresStore(pool)',
      'sqliteStore(path)',
      'shared: true',
      'single process',
      "durability: 'process'",
    ])
      expect(logged[0]).toContain(way)
  })

  const shared: Store = { ...memoryStore(), shared: true }
  test.for([
    [
      'a store with shared: true',
      { session: { store: new FileStore() }, relyingParty: { store: shared, name: 'a' } },
    ],
    ['no store of sessions', {}],
    ['sessions that say that they end with the process', { session: { store: new OwnStore() } }],
  ] as const)('and the way out is one: %s', async ([, options], { start, browser }) => {
    const app = await start(options)
    await expectSignIn({ app, browser })
    expect(app.log.join(' ')).not.toContain('ERR_OIDC_STORE_NOT_SHARED')
  })
})
