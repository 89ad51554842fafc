import { describe, expect } from 'vitest'
import { buildRelyingParty } from '../../../src/relying-party/relying-party.ts'
import { keepResponse, readResponse } from '../../../src/session/browser/posted-responses.ts'
import { Browser } from '../../support/browser.ts'
import { damagedStore, damages, expectReport } from '../../support/damaged-store.ts'
import { expectRefusal, expectSignIn, reachCallback, test } from '../../support/flow.ts'
import { settingsOf } from '../../support/settings.ts'

const others: typeof damages = [
  ['leads to another site', () => 'https://evil.test/'],
  [
    'leads to a host of which this one is the beginning',
    value => value.replace('localhost', 'localhost.evil.test'),
  ],
]

describe.each([...damages, ...others])('the mark of a used sign-in that %s', (_, change) => {
  test('leads nowhere', async ({ start, browser }) => {
    const store = damagedStore()
    const app = await start({ relyingParty: { store } })
    const callback = (await reachCallback(browser, app)).href
    expect((await browser.open(callback)).status).toBe(200)
    store.damage(/^used:/, change)
    const another = new Browser()
    const page = await another.open(callback, { follow: false })
    expect(page.headers.get('location')).toBeNull()
    await expectRefusal(page, [503, 'ERR_OIDC_STORE_CORRUPT'], { app, browser: another })
    expectReport(app, page.text)
    store.damage(undefined)
    await expectSignIn({ app, browser: another })
  })
})

test.for(damages)('a posted response that %s is refused', async ([, change]) => {
  const store = damagedStore()
  const rp = buildRelyingParty(settingsOf({ store, start: 'first-use' }))
  const state = (await rp.sealer()).token('start')
  await keepResponse(rp, new URLSearchParams({ code: 'the-code', state }))
  expect((await readResponse(rp, state))?.get('code')).toBe('the-code')
  store.damage(/^response:/, change)
  await expect(readResponse(rp, state)).rejects.toMatchObject({ code: 'ERR_OIDC_STORE_CORRUPT' })
})
