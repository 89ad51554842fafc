import { inspect } from 'node:util'
import { MemoryStore } from 'express-session'
import { describe, expect } from 'vitest'
import { codeOf, expectSignIn, test } from '../../support/flow.ts'
import {
  CANARY,
  distributed,
  guards,
  overage,
  places,
  statusOf,
  withGuards,
} from '../../support/guards/claims-elsewhere.ts'
import { accessToken, apiApp, call } from '../../support/tokens/bearer.ts'
import { toldEvents } from '../../support/told-events.ts'

describe.for(places)('groups that the provider only refers to in %s', ([, put]) => {
  test.for(Object.keys(guards))(
    'let nobody pass a guard that needs them: %s',
    async (path, { provider, start, browser }) => {
      put(provider, overage)
      const app = await start(withGuards)
      await expectSignIn({ app, browser })
      const page = await browser.open(`${app.url}/${path}`)
      expect([page.status, codeOf(page)]).toEqual([403, 'ERR_OIDC_FORBIDDEN'])
      expect(app.log.filter(line => line.includes('did not send groups of a user'))).toHaveLength(1)
    },
  )

  test.for(Object.keys(guards))(
    'let users pass once they are sent: %s',
    async (path, { provider, start, browser }) => {
      put(provider, { groups: ['staff'] })
      const app = await start(withGuards)
      await expectSignIn({ app, browser })
      expect(await statusOf(browser, app, path)).toBe(200)
      expect(app.log.join()).not.toContain('did not send')
    },
  )

  test('matter only to guards that need them', async ({ provider, start, browser }) => {
    put(provider, overage)
    const app = await start(withGuards)
    await expectSignIn({ app, browser })
    const events = toldEvents()
    expect(await statusOf(browser, app, 'either')).toBe(200)
    expect(await statusOf(browser, app, 'other')).toBe(403)
    expect(inspect(events, { depth: 5 })).not.toContain('did not send')
    expect(await statusOf(browser, app, 'roles')).toBe(403)
    expect(inspect(events, { depth: 5 })).toContain('did not send groups of a user')
  })

  test('leave no address and no token behind', async ({ provider, start, browser }) => {
    put(provider, distributed)
    const sessions = new MemoryStore()
    const app = await start({ ...withGuards, session: { store: sessions } })
    await expectSignIn({ app, browser })
    const kept = [
      (await browser.open(`${app.url}/said`)).text,
      (await browser.open(`${app.url}/info`)).text,
      (await browser.open(`${app.url}/said`)).text,
      inspect(sessions, { depth: 9 }),
      app.log.join(),
    ].join()
    expect(kept).toContain('credit_score')
    expect(kept).not.toContain('_claim_sources')
    expect(kept).not.toContain(CANARY)
  })
})

test('an access token with references lets nobody pass either, and leaves no token behind', async ({
  provider,
  start,
}) => {
  const app = await start(apiApp({}, withGuards))
  const token = await accessToken(provider, distributed)
  expect((await call(app, '/roles', token)).status).toBe(403)
  expect(app.log.at(-1)).toContain('did not send groups of a user')
  const said = await call(app, '/said', token)
  expect(said.body.claims).toMatchObject({ sub: 'user-1', _claim_names: { groups: 'src1' } })
  expect(said.text).not.toContain('_claim_sources')
  expect((await call(app, '/roles', await accessToken(provider, { groups: ['staff'] }))).status).toBe(200)
})
