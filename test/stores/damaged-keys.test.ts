import { describe, expect } from 'vitest'
import { Browser } from '../support/browser.ts'
import { type DamagedStore, damagedStore, expectReport } from '../support/damaged-store.ts'
import { test as base, expectRefusal, expectSignIn } from '../support/flow.ts'
import { bindTokens } from '../support/tokens/dpop-flow.ts'

const test = base.extend('store', (): DamagedStore => damagedStore())

const refused = [503, 'ERR_OIDC_STORE_CORRUPT'] as const

describe.each<[string, object]>([
  ['has lost its private part', { d: undefined }],
  ['has lost all that makes it a key', { crv: undefined, x: undefined, y: undefined, d: undefined }],
  ['is of another kind', { kty: 'RSA' }],
])('a key that %s', (_, damage) => {
  test.for(['privateKey', 'nextKey'])(
    'and is the %s of the client stops sign-in, and no client is registered in its place',
    async (member, { start, store, provider, browser }) => {
      provider.metadata['token_endpoint_auth_signing_alg_values_supported'] = ['ES256']
      const before = await start({ relyingParty: { store } })
      await before.rp.ready()
      const port = Number(new URL(before.url).port)
      await before.close()
      store.damage(/^client:/, text => {
        const { current, ...record } = JSON.parse(text)
        const key = { ...current.privateKey, ...damage }
        return JSON.stringify({ ...record, current: { ...current, [member]: key } })
      })
      const app = await start({ port, relyingParty: { store } })
      const page = await browser.open(`${app.url}/private`)
      await expectRefusal(page, refused, { app, browser })
      expectReport(app, page.text)
      await app.close()
      store.damage(undefined)
      await expectSignIn({ app: await start({ port, relyingParty: { store } }), browser: new Browser() })
      expect(provider.requestsTo('register')).toHaveLength(1)
    },
  )

  test('and is the one that tokens are bound to stops sign-in until it is repaired', async ({
    start,
    store,
    provider,
    browser,
  }) => {
    bindTokens(provider)
    const relyingParty = { store, metadata: { dpop_bound_access_tokens: true } }
    const before = await start({ relyingParty })
    await expectSignIn({ app: before, browser: new Browser() })
    const port = Number(new URL(before.url).port)
    await before.close()
    store.damage(/^key:dpop:/, text => {
      const [{ key, since }] = JSON.parse(text)
      return JSON.stringify([{ key: { ...key, ...damage }, since }])
    })
    const app = await start({ port, relyingParty })
    const page = await browser.open(`${app.url}/private`)
    await expectRefusal(page, refused, { app, browser })
    expectReport(app, page.text)
    store.damage(undefined)
    await expectSignIn({ app, browser: new Browser() })
  })
})
