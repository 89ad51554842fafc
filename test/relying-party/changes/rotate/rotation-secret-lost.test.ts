import { describe, expect } from 'vitest'
import { deliver, startReplicas, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { pass, stopClock } from '../../../support/clock.ts'
import { expectSignIn, reachCallback } from '../../../support/flow.ts'
import { test as base } from '../../../support/hydra-flow.ts'
import { loseAnswer, loseRequest, takeSecrets } from '../../../support/providers/changed-answers.ts'

stopClock()

const test = base.extend('watched', () => watchedStore())
const relyingParty = { metadata: { token_endpoint_auth_method: 'client_secret_basic' as const } }

describe('a rotation by secret whose answer was lost', () => {
  test('and that had taken effect is found out at the next sign-in, which succeeds', async ({
    provider,
    start,
    browser,
  }) => {
    const [one, other] = await startReplicas(start, 2, { relyingParty })
    const callback = await reachCallback(browser, one)
    loseAnswer(provider, 'PUT', takeSecrets(provider))
    await expect(one.rp.rotate()).rejects.toMatchObject({ code: 'ERR_OIDC_REGISTRATION_FAILED' })
    expect((await deliver(browser, callback, other)).status).toBe(200)
    await expectSignIn({ app: one, browser: new Browser() })
    expect(provider.requestsTo('register')).toHaveLength(1)
    expect(other.log.join('\n')).toContain('the rotation whose answer was lost had taken effect')
  })

  test('and that had not taken effect changes nothing, and the next rotation succeeds', async ({
    provider,
    start,
  }) => {
    const [app] = await startReplicas(start, 1, { relyingParty })
    takeSecrets(provider)
    loseRequest(provider, 'PUT')
    await expect(app.rp.rotate()).rejects.toMatchObject({ code: 'ERR_OIDC_REGISTRATION_FAILED' })
    await expectSignIn({ app, browser: new Browser() })
    takeSecrets(provider)
    expect(await app.rp.rotate()).toBe('secret')
    await expectSignIn({ app, browser: new Browser() })
    expect(provider.clients.size).toBe(1)
  })

  test('and is tried again keeps the secret that may be in force, so that the old client serves its sign-ins', async ({
    provider,
    start,
    watched,
    browser,
  }) => {
    const [app] = await startReplicas(start, 1, { store: watched.store, relyingParty })
    const callback = await reachCallback(browser, app)
    loseAnswer(provider, 'PUT', takeSecrets(provider))
    await expect(app.rp.rotate()).rejects.toThrow()
    const [inForce] = [...provider.clients.values()].map(client => client.client_secret)
    expect((await watched.record()).current?.nextSecret).toBe(inForce)
    expect(await app.rp.rotate()).toBe('replacement')
    expect(await watched.contents()).toContain(String(inForce))
    pass(1_000)
    expect((await deliver(browser, callback, app)).status).toBe(200)
    await expectSignIn({ app, browser: new Browser() })
  })
})
