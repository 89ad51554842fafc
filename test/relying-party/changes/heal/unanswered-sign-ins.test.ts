import { describe, expect } from 'vitest'
import type { TestApp } from '../../../support/app.ts'
import { startReplicas } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { pass, stopClock, until } from '../../../support/clock.ts'
import { beginLogin, codeOf, locationOf } from '../../../support/flow.ts'
import { test } from '../../../support/hydra-flow.ts'
import { farProvider } from '../../../support/providers/far-provider.ts'
import { beginSignIns } from '../../../support/sign-in/unanswered.ts'

stopClock()

/** Signs in at a provider that only the app takes for one on another machine. */
async function signInFar(app: TestApp, from: string, issuer: string): Promise<void> {
  const browser = new Browser()
  const { pathname, search } = locationOf(await beginLogin(app, browser))
  const answer = locationOf(await browser.open(`${from}${pathname}${search}`, { follow: false }))
  answer.searchParams.set('iss', issuer)
  await browser.open(answer.href)
  expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
}

/** Delivers an error in the name of the provider, as anyone can who has started a sign-in. */
async function denySignIn(app: TestApp, browser: Browser): Promise<void> {
  const state = locationOf(await beginLogin(app, browser)).searchParams.get('state')
  const page = await browser.open(`${app.url}/callback?error=access_denied&state=${state}`)
  expect([page.status, codeOf(page)]).toEqual([403, 'ERR_OIDC_ACCESS_DENIED'])
}

describe('sign-ins that do not return', () => {
  test.for([
    ['two in a long time', 2, 50_000],
    ['five at the same moment', 5, 0],
    ['five within ten seconds', 5, 2_000],
  ] as const)(
    'do not make the app ask the provider when they are %s',
    async ([, count, apart], { start, hydra }) => {
      const [app] = await startReplicas(start, 1, { relyingParty: farProvider(hydra.issuer) })
      await beginSignIns(app, count, apart)
      await app.rp.close()
      expect(hydra.requestsTo('token')).toHaveLength(0)
    },
  )

  test('do not when others return meanwhile', async ({ start, provider }) => {
    const far = farProvider(provider.issuer)
    provider.idToken = (claims, header) => ({ claims: { ...claims, iss: far.issuer }, header })
    const [app] = await startReplicas(start, 1, { relyingParty: far })
    for (let round = 0; round < 4; round += 1) {
      await beginSignIns(app, 1, 0)
      pass(8_000)
      await signInFar(app, provider.issuer, String(far.issuer))
    }
    await app.rp.close()
    expect(provider.requestsTo('token')).toHaveLength(4) // only for the codes
  })

  test('do not when they are denied', async ({ start, hydra }) => {
    const [app] = await startReplicas(start, 1, { relyingParty: farProvider(hydra.issuer) })
    for (let round = 0; round < 6; round += 1) {
      await denySignIn(app, new Browser())
      pass(8_000)
    }
    await app.rp.close()
    expect(hydra.requestsTo('token')).toHaveLength(0)
  })

  test('make it ask although a stranger opens callbacks with made-up errors', async ({ start, hydra }) => {
    const [app] = await startReplicas(start, 1, { relyingParty: farProvider(hydra.issuer) })
    hydra.clients.clear()
    for (let round = 0; round < 4; round += 1) {
      await beginSignIns(app, 1, 0)
      pass(4_000)
      await denySignIn(app, new Browser())
    }
    await until(() => hydra.clients.has(app.rp.status().clientId ?? ''))
    expect(hydra.requestsTo('register')).toHaveLength(2)
  })

  test('make it ask at most once a minute, and a client that is alive stays', async ({ start, hydra }) => {
    const [app] = await startReplicas(start, 1, { relyingParty: farProvider(hydra.issuer) })
    await beginSignIns(app, 15, 5_000)
    await app.rp.close()
    expect(hydra.requestsTo('token')).toHaveLength(2)
    expect(hydra.requestsTo('register')).toHaveLength(1)
    expect(hydra.requestsTo('client')).toHaveLength(0)
  })
})
