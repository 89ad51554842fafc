import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { memoryStore, type Store, sealedStore } from '../../src/index.ts'
import type { TestApp } from '../support/app.ts'
import { openStatus, test as reported } from '../support/apps/reported-app.ts'
import { Browser } from '../support/browser.ts'
import { codeOf } from '../support/flow.ts'
import { settingsOf } from '../support/settings.ts'

const at = (location: string): Store => ({ ...memoryStore(), shared: true, location })
const locationOf = (store: Store): string => settingsOf({ store, name: 'shop' }).store.location

test.each([
  ['redis://alice:CANARY@db.test:6379/1', 'redis://db.test:6379/1'],
  ['rediss://:CANARY@db.test', 'rediss://db.test'],
  ['Redis at redis://alice:CAN@/:#CANARY@db.test, keys oidc:*', 'Redis at redis://db.test, keys oidc:*'],
  ['mongodb://alice:CANARY@a.test,b.test/oidc?w=1', 'mongodb://a.test,b.test/oidc?w=1'],
  ['alice:CANARY@db.test:6379', 'db.test:6379'],
  [
    'mysql://db.test/oidc?user=alice&password=CANARY&ssl=1',
    'mysql://db.test/oidc?user=alice&password=[redacted]&ssl=1',
  ],
  ["host=db.test user=alice password='CANARY CANARY'", 'host=db.test user=alice password=[redacted]'],
])('%s is shown without its password', (location, shown) => {
  expect(locationOf(at(location))).toBe(shown)
  expect(locationOf(sealedStore(at(location), [randomBytes(32)]))).toBe(shown)
})

test.each([
  'a cupboard',
  'redis://db.test:6379/1',
  'Redis at db.test:6379 (keys oidc:*)',
  '/srv/a:b@c/.oidc',
  'etcd, the cluster of team@shop.test',
])('%s is shown as it is', location => {
  expect(locationOf(at(location))).toBe(location)
})

describe('the password in the address of a store is in no log line, page or report', () => {
  const location = 'redis://alice:CANARY@db.test:6379'

  reported('while the store works, and while it is down', async ({ startReported, browser }) => {
    const memory = at(location)
    let isDown = false
    const store: Store = {
      ...memory,
      get: key => (isDown ? Promise.reject(new Error(`no answer from ${location}`)) : memory.get(key)),
    }
    const app = await startReported({ relyingParty: { store, name: 'shop' } })
    await browser.open(`${app.url}/private`)
    expect(await app.userOf(browser)).toMatchObject({ sub: 'alice' })
    const before = await openStatus(app, browser)

    isDown = true
    const visitor = new Browser()
    const page = await visitor.open(`${app.url}/private`)
    expect([page.status, codeOf(page)]).toEqual([503, 'ERR_OIDC_STORE_UNAVAILABLE'])
    expect(await app.userOf(visitor)).toBeNull()
    const report = JSON.stringify([await app.report(), app.rp.status()])

    const log = app.log.join('\n')
    expect(log).toContain('Its record is in redis://db.test:6379')
    expect(log).toContain('The store in redis://db.test:6379 could not be used')
    for (const text of [log, report, before.text, page.text]) expect(text).not.toContain('CANARY')
  })

  reported('while a value in it is sealed under another key', async ({ startReported, browser }) => {
    const memory = at(location)
    const start = (key: Buffer): Promise<TestApp> =>
      startReported({ relyingParty: { store: sealedStore(memory, [key]), name: 'shop' } })
    const first = await start(randomBytes(32))
    await browser.open(`${first.url}/private`)
    expect(await first.userOf(browser)).toMatchObject({ sub: 'alice' })
    const app = await start(randomBytes(32))
    const visitor = new Browser()
    expect(codeOf(await visitor.open(`${app.url}/private`))).toBe('ERR_OIDC_STORE_CORRUPT')
    expect(await app.userOf(visitor)).toBeNull()
    expect(app.log.join('\n')).toContain('in the store in redis://db.test:6379 was')
    expect(app.log.join('\n')).not.toContain('CANARY')
  })
})
