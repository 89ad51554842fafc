import { expect } from 'vitest'
import type { TestApp } from '../../support/app.ts'
import { startReplicas } from '../../support/apps/replicas.ts'
import { pass, stopClock, until } from '../../support/clock.ts'
import { LIFE, offline, refreshesAt, test } from '../../support/tokens/token-flow.ts'
import { askToken } from '../../support/tokens/token-routes.ts'
import { held } from '../../support/tokens/user-info.ts'

stopClock()

test('an access token is renewed once although the provider takes longer than usual, if requestTimeout allows that', async ({
  provider,
  start,
  kept,
  browser,
}) => {
  const { relyingParty = {}, ...routes } = offline(kept.store, { requestTimeout: 30 })
  const apps = await startReplicas(options => start({ ...options, ...routes }), 2, {
    store: kept.store,
    relyingParty,
  })
  const [first, second] = apps as [TestApp, TestApp]
  await browser.open(`${first.url}/private`)
  pass(LIFE + 1)
  const answer = held(provider.usualAnswer('token'))
  provider.answer('token', answer.answer)
  const asked = [askToken(first, browser)]
  await answer.asked
  let looks = 0
  kept.fault = () => {
    looks += 1
  }
  asked.push(askToken(second, browser))
  await until(() => looks > 3)
  pass(16_000)
  const before = looks
  await until(() => looks > before + 3)
  answer.release()
  const answers = await Promise.all(asked)
  expect(answers.map(({ status }) => status)).toEqual([200, 200])
  expect(new Set(answers.map(({ token }) => token)).size).toBe(1)
  expect(refreshesAt(provider)).toHaveLength(1)
})
