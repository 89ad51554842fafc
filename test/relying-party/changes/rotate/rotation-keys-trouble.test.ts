import { describe, expect } from 'vitest'
import { kidsOf, startReplicas, watchedFetch, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { pass, stopClock } from '../../../support/clock.ts'
import { expectSignIn } from '../../../support/flow.ts'
import { test as base } from '../../../support/hydra-flow.ts'
import { loseAnswer } from '../../../support/providers/changed-answers.ts'
import { status } from '../../../support/scripted-provider.ts'

stopClock()

const test = base.extend('watched', () => watchedStore())
const REREAD = 0.05
const DAY = 86_400_000

describe('a rotation by keys', () => {
  test.for([400, 403, 405] as const)(
    'where the provider answers a replacement with %d goes on to a new client',
    async (refusal, { provider, start }) => {
      const [app] = await startReplicas(start, 1)
      const usual = provider.usualAnswer('client')
      provider.answer('client', (request, response) =>
        request.method === 'PUT'
          ? status(refusal, { error: 'invalid_request' })(request, response)
          : usual(request, response),
      )
      expect(await app.rp.rotate()).toBe('replacement')
      expect(provider.clients.size).toBe(2)
      await expectSignIn({ app, browser: new Browser() })
    },
  )

  test('of a client that may no longer be changed goes on to a new client', async ({ hydra, start }) => {
    const [app] = await startReplicas(start, 1, { issuer: hydra.issuer })
    const before = app.rp.status().clientId ?? ''
    hydra.adminPatch(before)
    expect(await app.rp.rotate()).toBe('replacement')
    expect(app.rp.status().retiring.map(({ clientId }) => clientId)).toEqual([before])
    await expectSignIn({ app, browser: new Browser() })
  })

  test('whose answer is lost, and had taken effect, leaves a client that works and a next rotation that does', async ({
    hydra,
    start,
  }) => {
    const { fetch, kids } = watchedFetch()
    const [app] = await startReplicas(start, 1, { issuer: hydra.issuer, relyingParty: { fetch } })
    loseAnswer(hydra, 'PUT')
    await expect(app.rp.rotate()).rejects.toMatchObject({ code: 'ERR_OIDC_REGISTRATION_FAILED' })
    const [client] = hydra.clients.values()
    const [old] = kidsOf(client?.jwks)
    await expectSignIn({ app, browser: new Browser() })
    expect(kids.at(-1)).toBe(old)
    expect(hydra.clients.size).toBe(1)
    expect(await app.rp.rotate()).toBe('replacement')
    await expectSignIn({ app, browser: new Browser() })
  })

  test('does not undo what an administrator has set: it says so, and sign-in goes on', async ({
    hydra,
    start,
  }) => {
    const [app] = await startReplicas(start, 1, { issuer: hydra.issuer })
    for (const client of hydra.clients.values()) Object.assign(client, { skip_consent: true })
    await expect(app.rp.rotate()).rejects.toMatchObject({
      code: 'ERR_OIDC_CLIENT_UNMANAGEABLE',
      message: expect.stringMatching(/has set skip_consent on client .*: ask the administrator/),
    })
    expect(hydra.requestsTo('client').map(({ method }) => method)).toEqual(['GET'])
    await expectSignIn({ app, browser: new Browser() })
  })

  test('is not stopped for ever by an old key that can no longer be taken off', async ({
    hydra,
    start,
    watched,
  }) => {
    const [app] = await startReplicas(start, 1, {
      issuer: hydra.issuer,
      store: watched.store,
      relyingParty: { rereadEvery: REREAD },
    })
    await app.rp.rotate()
    hydra.adminPatch(app.rp.status().clientId ?? '')
    pass(91 * DAY)
    await watched.rounds(10)
    expect(app.rp.status().retiring).toHaveLength(1)
    await expectSignIn({ app, browser: new Browser() })
    expect(app.rp.status().lastError).toBeUndefined()
  })
})
