import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { expect } from 'vitest'
import { stopClock } from './support/clock.ts'
import { dawdlingStores, play, type Step } from './support/logout/model.ts'
import { showLogin, test } from './support/logout.ts'

stopClock()

const RUNS = Number(process.env['LOGOUT_MODEL'] ?? 20)

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('login', 'login', 'late login', 'write', 'write', 'logout', 'sid', 'front', 'sub'),
  browser: fc.nat(3),
  replica: fc.nat(1),
})

test('whatever happens side by side, exactly the logins that are meant are over', {
  timeout: 600_000,
}, async ({ start, provider }) => {
  delete provider.metadata.userinfo_endpoint // it knows one user at a time
  let ticks: readonly number[] = [0]
  let turn = 0
  const dawdle = async (): Promise<void> => {
    turn += 1
    const wait = ticks[turn % ticks.length] ?? 0
    if (wait > 0) await pause(wait)
  }
  const { own, sessions } = dawdlingStores(dawdle)
  const options = { session: { store: sessions }, after: showLogin }
  const one = await start({ ...options, relyingParty: { store: own, name: 'app' } })
  const two = await start({ ...options, relyingParty: { store: own, name: 'app', baseUrl: one.url } })
  await Promise.all([one.rp.ready(), two.rp.ready()])
  await Promise.all([fetch(one.url), fetch(two.url)])
  let run = 0
  const rounds = fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 4 })
  const waits = fc.array(fc.constantFrom(0, 0, 0, 1, 3, 9, 20), { minLength: 7, maxLength: 40 })
  const holds = fc.asyncProperty(rounds, waits, async (steps, given) => {
    ticks = given
    run += 1
    const everybodyIn: readonly Step[] = [0, 1, 2, 3].map(browser => ({
      kind: 'login',
      browser,
      replica: browser,
    }))
    expect(await play({ apps: [one, two], provider }, run, [everybodyIn, ...steps])).toEqual([])
  })
  await fc.assert(holds, { numRuns: RUNS, endOnFailure: true })
})
