import { setTimeout as pause } from 'node:timers/promises'
import type { Express } from 'express'
import fc from 'fast-check'
import { expect } from 'vitest'
import { dawdlingStores } from '../../support/logout/dawdling-stores.ts'
import { play, type Step } from '../../support/logout/model.ts'
import { frontchannel, showLogin, test } from '../../support/logout.ts'
import { tokenRoutes } from '../../support/tokens/token-routes.ts'

const RUNS = Number(process.env['LOGOUT_MODEL'] ?? 20)
/** How many histories are played at a time, on the same two replicas. */
const LANES = 10

const often = ['login', 'login', 'write', 'write', 'write', 'refresh', 'refresh', 'sid', 'sid'] as const
const seldom = ['late login', 'logout', 'front', 'sub', 'end others', 'end all'] as const
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...often, ...seldom),
  browser: fc.nat(3),
  replica: fc.nat(1),
})
const rounds = fc.array(fc.array(step, { minLength: 1, maxLength: 6 }), { minLength: 2, maxLength: 4 })
const waits = fc.array(fc.constantFrom(0, 0, 0, 1, 3, 9, 20), { minLength: 7, maxLength: 40 })
const everybodyIn: readonly Step[] = [0, 1, 2, 3].map(browser => ({
  kind: 'login',
  browser,
  replica: browser,
}))

test('whatever happens side by side, exactly the logins that are meant are over', {
  timeout: 900_000,
}, async ({ start, provider }) => {
  delete provider.metadata.userinfo_endpoint // it knows one user at a time
  provider.tokenResponse = body => ({ ...body, expires_in: 0 }) // so that each use is a refresh
  let ticks: readonly number[] = [0]
  let turn = 0
  const dawdle = async (): Promise<void> => {
    turn += 1
    const wait = ticks[turn % ticks.length] ?? 0
    if (wait > 0) await pause(wait)
  }
  const { own: store, sessions, tokensOf } = dawdlingStores(dawdle)
  const common = { store, name: 'app', scope: 'openid offline_access', routes: frontchannel }
  const options = {
    session: { store: sessions },
    after(app: Express) {
      showLogin(app)
      tokenRoutes(app)
    },
  }
  const one = await start({ ...options, relyingParty: common })
  const two = await start({ ...options, relyingParty: { ...common, baseUrl: one.url } })
  await Promise.all([one.rp.ready(), two.rp.ready()])
  await Promise.all([fetch(one.url), fetch(two.url)])
  let run = 0
  const counts = new Map<string, number>()
  const holds = fc.asyncProperty(rounds, waits, async (steps, given) => {
    ticks = given
    run += 1
    for (const { kind } of steps.flat()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
    expect(await play({ apps: [one, two], provider, tokensOf }, run, [everybodyIn, ...steps])).toEqual([])
  })
  const lane = (): Promise<void> =>
    fc.assert(holds, { numRuns: Math.ceil(RUNS / LANES), endOnFailure: true }) as Promise<void>
  const begun = performance.now()
  await Promise.all(Array.from({ length: LANES }, lane))
  const seconds = ((performance.now() - begun) / 1_000).toFixed(0)
  const done = [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ')
  console.log(`${run} histories of logins in ${seconds} s: ${done}; ${turn} calls of the stores dawdled.`)
})
