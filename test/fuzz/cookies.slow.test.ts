import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { buildSealer } from '../../src/protocol/sealing.ts'
import { Browser } from '../support/browser.ts'
import { reachCallback, test } from '../support/flow.ts'
import { type Damage, damage, damages } from '../support/fuzz/damage.ts'
import { expectAlive, expectRefusalPage, insidePage, watch } from '../support/fuzz/oracle.ts'
import { fuzz, LONGEST, type Outcome } from '../support/fuzz/property.ts'

// Cookies that hold anything and are sealed with the right key, as those of another release would be.

const intact: Damage = { edits: [] }

test('whatever a sealed cookie holds, it is read or ignored', { timeout: LONGEST }, async ({
  provider,
  start,
}) => {
  const log: string[] = []
  const store = memoryStore()
  const app = await start({ after: insidePage, relyingParty: { store, log: line => log.push(line) } })
  await app.rp.ready()
  await new Browser().open(`${app.url}/login`, { follow: false })
  const key = (await store.get('key:sealing:default'))?.value ?? ''
  const digest = createHash('sha256')
    .update(`${provider.issuer}\n${app.url}/callback`)
    .digest('base64url')
    .slice(0, 8)
  const sealer = buildSealer([key], digest)
  const watched = watch(log)
  let changed = 0

  /** Gives the browser a changed value in each of its cookies that the key opens. */
  async function changeCookies(browser: Browser, given: Damage): Promise<void> {
    for (const { key: name, value } of await browser.jar.getCookies(app.url)) {
      const opened = sealer.open(name, value)
      if (!opened) continue
      changed += 1
      const held: unknown = JSON.parse(asJson(damage(JSON.stringify(opened), given)))
      await browser.jar.setCookie(`${name}=${sealer.seal(name, held as object as never)}; Path=/`, app.url)
    }
  }

  await fuzz<Damage>('sealed cookies', {
    inputs: damages,
    twins: [intact],
    runs: 200,
    async attempt(given): Promise<Outcome> {
      const before = changed
      const browser = new Browser()
      const callback = await reachCallback(browser, app, '/inside')
      await changeCookies(browser, given)
      const page = await browser.open(callback.href, { follow: false })
      const user = await app.userOf(browser)
      if (page.status >= 400)
        expect(expectRefusalPage(page)).toMatch(
          /^ERR_OIDC_(TRANSACTION_LOST|CODE_REFUSED|STEP_UP_FAILED|ID_TOKEN_INVALID|CLIENT_REFUSED|PROVIDER_UNAVAILABLE|ISSUER_MISMATCH)$/,
        )
      const location = page.headers.get('location')
      if (location !== null) expect([app.url, provider.issuer]).toContain(new URL(location, app.url).origin)
      await new Browser().open(`${app.url}/inside`)
      await changeCookies(browser, given) // that of the sign-in
      expect((await browser.open(`${app.url}/`)).text).toBe('public')
      await browser.open(`${app.url}/inside`, { follow: false })
      const end = await browser.open(`${app.url}/logout`, { follow: false })
      await changeCookies(browser, given) // that of the sign-out
      const state = URL.parse(end.headers.get('location') ?? '')?.searchParams.get('state') ?? ''
      const back = await browser.open(`${app.url}/logout/callback?state=${state}`, { follow: false })
      expect([back.status, new URL(back.headers.get('location') ?? 'about:none').origin]).toEqual([
        303,
        app.url,
      ])
      expect(changed).toBeGreaterThan(before)
      watched.check([callback.searchParams.get('code') ?? ''])
      await expectAlive(app)
      return user === null ? 'refused' : 'accepted'
    },
  })
})

/** What is sealed is JSON. */
function asJson(text: string): string {
  try {
    JSON.parse(text)
    return text
  } catch {
    return JSON.stringify(text)
  }
}
