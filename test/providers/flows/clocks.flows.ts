import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'vitest'
import { askToken } from '../../support/tokens/token-routes.ts'
import { setClockAhead } from '../matrix/clock.ts'
import type { Flow } from '../matrix/flow.ts'
import { PersonalBrowser, visit } from '../matrix/person.ts'
import { facts } from '../matrix/providers.ts'
import { HALF_LIFE, longer, startShort } from '../matrix/short-tokens.ts'
import { isToldOfSignOut } from '../matrix/sign-out.ts'
import { testFlows } from '../matrix/test-flows.ts'

const tolerated =
  (seconds: number): Flow =>
  async ({ start }) => {
    setClockAhead(seconds)
    const app = await start()
    const browser = new PersonalBrowser()
    const page = await visit(browser, app)
    expect([page.status, page.url], app.log.join('\n')).toEqual([200, `${app.url}/private`])
  }

const named =
  (seconds: number): Flow =>
  async ({ start, provider }) => {
    setClockAhead(seconds)
    const app = await start()
    const browser = new PersonalBrowser()
    const page = await visit(browser, app)
    expect(new URL(page.url).origin).toBe(app.url)
    expect(page.status).toBeGreaterThanOrEqual(400)
    expect(await app.userOf(browser)).toBeNull()
    const said = app.log.join('\n')
    expect(await app.clients()).toHaveLength(1)
    expect(said).toMatch(/\bclock/)
    if (facts[provider.name].hidesItsClock) return expect(said).not.toContain('agrees')
    expect(said).toMatch(/\b(59\d|60\d) s(econds)?\b/)
    expect(said).toMatch(seconds > 0 ? /\bahead\b/ : /\bbehind\b/)
  }

const refreshed =
  (seconds: number): Flow =>
  async context => {
    setClockAhead(seconds)
    const { app, refreshes } = await startShort(context)
    const browser = new PersonalBrowser()
    expect((await visit(browser, app)).status).toBe(200)
    const { token: first } = await askToken(app, browser)
    await pause(HALF_LIFE)
    const second = await askToken(app, browser, longer)
    expect([second.status, second.token === first, refreshes.length], app.log.join('\n')).toEqual([
      200,
      false,
      1,
    ])
  }

const told =
  (seconds: number): Flow =>
  async context => {
    setClockAhead(seconds)
    await isToldOfSignOut(context)
  }

testFlows({
  'signs in although its clock is 2 seconds ahead': tolerated(2),
  'signs in although its clock is 2 seconds behind': tolerated(-2),
  'signs in although its clock is 25 seconds ahead': tolerated(25),
  'signs in although its clock is 25 seconds behind': tolerated(-25),
  'refreshes although its clock is 25 seconds ahead': refreshed(25),
  'refreshes although its clock is 25 seconds behind': refreshed(-25),
  'is told of a sign-out although its clock is 25 seconds ahead': told(25),
  'is told of a sign-out although its clock is 25 seconds behind': told(-25),
  'says that its clock is 10 minutes ahead': named(600),
  'says that its clock is 10 minutes behind': named(-600),
})
