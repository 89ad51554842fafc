import { expect } from 'vitest'
import { memoryStore, type RelyingPartyOptions, relyingParty } from '../../src/index.ts'
import { buildSettings } from '../../src/relying-party/options/settings.ts'
import { buildRelyingParty } from '../../src/relying-party/relying-party.ts'
import { ownerOf } from '../../src/session/login-owner.ts'
import { keepLogins } from '../../src/session/session-relying-party.ts'
import { test } from '../support/apps/two-providers.ts'
import { locationOf } from '../support/flow.ts'

test('an app ends the logins of its own relying party, although a later app has one with the same issuer and name', async ({
  app,
  startTwo,
  b,
  browser,
}) => {
  const later = await startTwo()
  await browser.open(`${app.url}/b/login`)
  const away = locationOf(await browser.open(`${app.url}/a/logout`, { follow: false }))
  expect(away.origin).toBe(b.issuer)
  expect(away.searchParams.get('post_logout_redirect_uri')).toBe(`${app.url}/b/logout/callback`)
  expect(await app.seenBy(browser)).toMatchObject({ isAuthenticated: false })
  await browser.open(`${later.url}/b/login`)
  const awayLater = locationOf(await browser.open(`${later.url}/a/logout`, { follow: false }))
  expect(awayLater.searchParams.get('post_logout_redirect_uri')).toBe(`${later.url}/b/logout/callback`)
})

const options = (name: string): RelyingPartyOptions => ({
  issuer: 'https://op.example',
  baseUrl: 'https://app.example',
  store: memoryStore(),
  start: 'first-use',
  log: false,
  name,
})

test('a relying party owns its logins until it is closed, and then its namesake does', async () => {
  const asking = keepLogins(buildRelyingParty(buildSettings(options('asking'), {})))
  const login = { issuer: 'https://op.example', name: 'owner' }
  const first = relyingParty(options('owner'))
  const second = relyingParty(options('owner'))
  const newest = ownerOf(login, asking)
  expect(newest.settings.name).toBe('owner')
  await second.close()
  const older = ownerOf(login, asking)
  expect([older.settings.name, older === newest]).toEqual(['owner', false])
  await first.close()
  expect(ownerOf(login, asking)).toBe(asking)
  await asking.close()
})
