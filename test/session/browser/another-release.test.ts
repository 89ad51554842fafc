import { createHash } from 'node:crypto'
import { describe, expect } from 'vitest'
import { memoryStore } from '../../../src/index.ts'
import { buildSealer } from '../../../src/protocol/sealing.ts'
import type { TestApp } from '../../support/app.ts'
import type { Browser } from '../../support/browser.ts'
import { expectRefusal, expectSignIn, reachCallback, test } from '../../support/flow.ts'

/** What another release could have sealed in place of what this one needs. */
const changes: readonly (readonly [member: string, value: unknown])[] = [
  ['returnTo', 'nowhere'],
  ['redirectUri', 'nowhere'],
  ['nonce', 7],
  ['parameters', { prompt: 7 }],
  ['stepUps', 'gold'],
  ['maxAge', '60'],
  ['startedAt', -1],
  ['codeVerifier', undefined],
]

describe('the cookie of a sign-in that another release has sealed, with another', () => {
  test.for(changes)('%s: %j', async ([member, value], { provider, start, browser }) => {
    const store = memoryStore()
    const app = await start({ relyingParty: { store } })
    const callback = await reachCallback(browser, app)
    await change(app, browser, provider.issuer, (await store.get('key:sealing:default'))?.value ?? '', {
      [member]: value,
    })
    const page = await browser.open(callback.href, { follow: false })
    if (page.status >= 400) await expectRefusal(page, [400, 'ERR_OIDC_TRANSACTION_LOST'], { app, browser })
    else expect(page.headers.get('location')).toContain(provider.issuer) // the sign-in starts again
    expect(await app.userOf(browser)).toBeNull()
    await expectSignIn({ app, browser })
  })
})

async function change(
  { url }: TestApp,
  { jar }: Browser,
  issuer: string,
  key: string,
  changed: object,
): Promise<void> {
  const digest = createHash('sha256').update(`${issuer}\n${url}/callback`).digest('base64url').slice(0, 8)
  const sealer = buildSealer([key], digest)
  const [cookie] = await jar.getCookies(url)
  const opened = cookie && sealer.open(cookie.key, cookie.value)
  if (!opened) throw new Error('The cookie of the sign-in cannot be opened.')
  await jar.setCookie(`${cookie.key}=${sealer.seal(cookie.key, { ...opened, ...changed })}; Path=/`, url)
}
