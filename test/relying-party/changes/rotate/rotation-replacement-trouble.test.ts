import { describe, expect } from 'vitest'
import { startReplicas, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { pass, stopClock } from '../../../support/clock.ts'
import { expectSignIn } from '../../../support/flow.ts'
import { test as base } from '../../../support/hydra-flow.ts'
import { loseAnswer } from '../../../support/providers/changed-answers.ts'
import { status } from '../../../support/scripted-provider.ts'

stopClock()

const test = base.extend('watched', () => watchedStore())
const metadata = { token_endpoint_auth_method: 'client_secret_basic' as const }
const HOUR = 3_600_000

describe('a replacement that fails', () => {
  test('leaves everything as it was, and names the client that may be left over', async ({
    hydra,
    start,
  }) => {
    const [app] = await startReplicas(start, 1, { issuer: hydra.issuer, relyingParty: { metadata } })
    const [old] = hydra.clients.keys()
    loseAnswer(hydra, 'POST')
    const begun = new Date().toISOString()
    await expect(app.rp.rotate()).rejects.toMatchObject({ code: 'ERR_OIDC_REGISTRATION_FAILED' })
    expect(app.rp.status()).toMatchObject({ clientId: old, generation: 1, retiring: [] })
    await expectSignIn({ app, browser: new Browser() })
    expect(await app.rp.rotate()).toBe('replacement')
    expect(hydra.clients.size).toBe(3)
    const said = app.log.find(sentence => sentence.includes('had no answer')) ?? ''
    for (const part of [begun, new URL(app.url).host, `${app.url}/callback`]) expect(said).toContain(part)
    await expectSignIn({ app, browser: new Browser() })
  })

  test('is tried again after pauses that grow to an hour, while sign-in goes on', async ({
    hydra,
    start,
    watched,
  }) => {
    const [app] = await startReplicas(start, 1, {
      issuer: hydra.issuer,
      store: watched.store,
      relyingParty: { metadata, rereadEvery: 0.01, rotateEvery: 60 },
    })
    hydra.answer('register', status(500))
    for (let minute = 0; minute < 6 * 60; minute += 4) {
      pass(4 * 60_000)
      await watched.rounds(3)
    }
    const posts = hydra.requestsTo('register').length - 1
    expect(posts).toBeGreaterThan(8)
    expect(posts).toBeLessThan(16)
    expect(app.rp.status().lastError?.code).toBe('ERR_OIDC_REGISTRATION_FAILED')
    await expectSignIn({ app, browser: new Browser() })

    hydra.answer('register', undefined)
    pass(HOUR)
    await expect.poll(() => app.rp.status().generation).toBe(2)
    await expectSignIn({ app, browser: new Browser() })
    expect(hydra.clients.size).toBe(2)
  })

  test('because the provider refused it leaves no word of a client that may be left over', async ({
    hydra,
    start,
  }) => {
    const [app] = await startReplicas(start, 1, { issuer: hydra.issuer, relyingParty: { metadata } })
    hydra.registration.enabled = false
    await expect(app.rp.rotate()).rejects.toMatchObject({ code: 'ERR_OIDC_REGISTRATION_REFUSED' })
    hydra.registration.enabled = true
    expect(await app.rp.rotate()).toBe('replacement')
    expect(app.log.join('\n')).not.toContain('had no answer')
    await expectSignIn({ app, browser: new Browser() })
  })
})
