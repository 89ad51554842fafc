import { rm } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import { embeddedStore } from '../../../../src/index.ts'
import { expectOneClient, failuresAcross, startAnother, test } from '../../../support/apps/lost-store.ts'
import { startReplicas, watchedStore } from '../../../support/apps/replicas.ts'
import { Browser } from '../../../support/browser.ts'
import { until } from '../../../support/clock.ts'
import { expectSignIn } from '../../../support/flow.ts'
import { isSignedIn, logoutToken, postLogout, visit } from '../../../support/logout.ts'

const relyingParty = { rereadEvery: 0.5 }
/** It does not put the record back before the other one has started. */
const late = { rereadEvery: 60 }

describe('two replicas whose store lost its data', () => {
  test('use one client and one key again when one starts before the other has put them back', async ({
    provider,
    start,
  }) => {
    const { store, wipe } = watchedStore()
    const [one] = await startReplicas(start, 1, { store, relyingParty: late })
    const before = one.rp.status().clientId
    await expectSignIn({ app: one, browser: new Browser() })
    await wipe()
    const other = await startAnother(start, one, store)
    await other.rp.ready()
    expect(other.rp.status().clientId).not.toBe(before)
    expect(await failuresAcross([one, other], 6)).toEqual([])
    await expectOneClient([one, other], provider)
    expect(one.rp.status().retiring.map(({ clientId }) => clientId)).toEqual([before])
    expect(provider.clients.size).toBe(2)
  })

  test('lose no logout that reaches the new one before the other has recorded its client', async ({
    provider,
    start,
  }) => {
    const { store, wipe } = watchedStore()
    const [one] = await startReplicas(start, 1, { store, relyingParty: { rereadEvery: 1.5 } })
    const aud = one.rp.status().clientId
    const [visitor, stays] = [await visit(one), await visit(one)]
    await wipe()
    const other = await startAnother(start, one, store, { rereadEvery: 2 })
    await other.rp.ready()
    const token = await logoutToken(provider, { sid: visitor.sid, aud })
    expect((await postLogout(other, token)).status).toBe(400)
    expect(await isSignedIn(visitor, one)).toEqual([true])
    await until(async () => !(await isSignedIn(visitor, one))[0])
    expect(await isSignedIn(stays, one, other)).toEqual([true, true])
    await until(() => other.log.some(sentence => /refused because .* has taken effect now/.test(sentence)))
  })

  test('in files do so too', async ({ provider, start, directory }) => {
    const [one] = await startReplicas(start, 1, { store: embeddedStore(directory), relyingParty: late })
    await expectSignIn({ app: one, browser: new Browser() })
    await rm(directory, { recursive: true })
    const other = await startAnother(start, one, embeddedStore(directory))
    await other.rp.ready()
    expect(await failuresAcross([one, other], 6)).toEqual([])
    await expectOneClient([one, other], provider)
    expect(provider.clients.size).toBe(2)
  })

  test('keep the first client if it is put back while the other one registers, and delete the second', async ({
    provider,
    start,
  }) => {
    const { store, wipe, record } = watchedStore()
    const [one] = await startReplicas(start, 1, { store, relyingParty })
    const before = one.rp.status().clientId
    const usual = provider.usualAnswer('register')
    provider.answer('register', async (request, response) => {
      await until(async () => (await record()).current?.clientId === before)
      return usual(request, response)
    })
    await wipe()
    const other = await startAnother(start, one, store)
    await other.rp.ready()
    expect(other.rp.status().clientId).toBe(before)
    await expectOneClient([one, other], provider)
    expect([...provider.clients.keys()]).toEqual([before])
    expect((await record()).pending).toBeUndefined()
  })

  test('agree when it was restored to an older state and one of them has changed it there', async ({
    provider,
    start,
  }) => {
    const { store, backUp } = watchedStore()
    const [one] = await startReplicas(start, 1, { store, relyingParty })
    const restore = await backUp()
    await one.rp.rotate()
    await restore()
    const other = await startAnother(start, one, store)
    await other.rp.ready()
    await other.rp.rotate()
    expect(other.rp.status().generation).toBe(2)
    await expectOneClient([one, other], provider)
    expect(one.rp.status().generation).toBe(other.rp.status().generation)
  })

  test('put an older state right that was restored, if none of them has changed it there', async ({
    provider,
    start,
  }) => {
    const { store, backUp, record } = watchedStore()
    const [one] = await startReplicas(start, 1, { store, relyingParty })
    const restore = await backUp()
    await one.rp.rotate()
    await restore()
    expect((await record()).current?.generation).toBe(1)
    await until(async () => (await record()).current?.generation === 2)
    await expectSignIn({ app: one, browser: new Browser() })
    expect(provider.requestsTo('register')).toHaveLength(1)
  })
})
