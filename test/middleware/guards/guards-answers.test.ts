import express, { type Express } from 'express'
import express4 from 'express4'
import { describe, expect } from 'vitest'
import {
  allOf,
  assertUser,
  type Guard,
  type GuardAnswers,
  requireAcr,
  requireRoles,
  requireThat,
  requireUser,
  withUser,
} from '../../../src/index.ts'
import type { TestAppOptions } from '../../support/app.ts'
import { asProgram, codeOf, expectSignIn, locationOf, test } from '../../support/flow.ts'

const mounted =
  (guard: Guard) =>
  (app: Express): void =>
    void app.all('/guarded', guard, (_req, res) => void res.send('guarded'))

const teapot: GuardAnswers = {
  onUnauthenticated: (error, _req, res) => res.status(418).send(`own ${error.code}`),
  onForbidden: async (error, _req, res) => res.status(418).send(`own ${error.code}`),
}

describe('the answer to a user who may not', () => {
  test('is a page that says so and does not offer to sign in again', async ({ start, browser }) => {
    const app = await start({ after: mounted(requireRoles('admin')) })
    await expectSignIn({ app, browser })
    const page = await browser.open(`${app.url}/guarded`)
    expect([page.status, codeOf(page)]).toEqual([403, 'ERR_OIDC_FORBIDDEN'])
    expect(page.text).toContain('You are signed in, but you may not do this.')
    expect(page.text).not.toContain('/login')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
  })

  test('is JSON for a program', async ({ start, browser }) => {
    const app = await start({ after: mounted(requireRoles('admin')) })
    await expectSignIn({ app, browser })
    const answer = await browser.open(`${app.url}/guarded`, asProgram)
    expect(JSON.parse(answer.text)).toEqual({
      error: 'ERR_OIDC_FORBIDDEN',
      message: 'You are signed in, but you may not do this.',
      reference: expect.any(String),
    })
  })

  test('is that of onError, if the app has one', async ({ start, browser }) => {
    const onError: NonNullable<TestAppOptions['relyingParty']>['onError'] = (error, _req, res) =>
      void res.status(error.status).send(`app ${error.code}`)
    const app = await start({ after: mounted(requireRoles('admin')), relyingParty: { onError } })
    await expectSignIn({ app, browser })
    const page = await browser.open(`${app.url}/guarded`)
    expect([page.status, page.text]).toEqual([403, 'app ERR_OIDC_FORBIDDEN'])
  })
})

describe.for([
  ['the guard', { after: mounted(requireRoles('admin', teapot)) }],
  ['the app', { after: mounted(requireRoles('admin')), relyingParty: teapot }],
  [
    'the guard before the app',
    {
      after: mounted(requireRoles('admin', teapot)),
      relyingParty: { onForbidden: never, onUnauthenticated: never },
    },
  ],
  ['what combines guards', { after: mounted(allOf(requireRoles('admin', { onForbidden: never }), teapot)) }],
] as const)('%s', ([, options]) => {
  test('may answer in its own way', async ({ start, browser }) => {
    const app = await start(options)
    const anonymous = await browser.open(`${app.url}/guarded`)
    expect([anonymous.status, anonymous.text]).toEqual([418, 'own ERR_OIDC_UNAUTHENTICATED'])
    await browser.open(`${app.url}/login`)
    const page = await browser.open(`${app.url}/guarded`)
    expect([page.status, page.text]).toEqual([418, 'own ERR_OIDC_FORBIDDEN'])
  })
})

function never(): never {
  throw new Error('This answer does not count.')
}

test('challenge is 401 for a page too, and for a step-up', async ({ start, browser }) => {
  const app = await start({
    after: mounted(requireAcr('gold')),
    relyingParty: { onUnauthenticated: 'challenge' },
  })
  const anonymous = await browser.open(`${app.url}/guarded`)
  expect([anonymous.status, codeOf(anonymous)]).toEqual([401, 'ERR_OIDC_UNAUTHENTICATED'])
  await browser.open(`${app.url}/login`)
  const page = await browser.open(`${app.url}/guarded`)
  expect([page.status, codeOf(page)]).toEqual([401, 'ERR_OIDC_STEP_UP_REQUIRED'])
})

describe.for([
  ['Express 5', express],
  ['Express 4', express4],
] as const)('on %s', ([, makeApp]) => {
  test.for([
    ['an error', new Error('away'), 'away'],
    ['undefined, with which next goes on', undefined, 'not an Error'],
    ["'route', with which next skips the rest", 'route', 'not an Error'],
    ["'router'", 'router', 'not an Error'],
  ] as const)('a predicate that throws %s ends in 500', async ([, thrown, said], { start, browser }) => {
    const after = (app: Express): void => {
      mounted(requireThat(() => Promise.reject(thrown)))(app)
      app.all('/guarded', (_req, res) => void res.send('fell through'))
    }
    const app = await start({ makeApp, after })
    await browser.open(`${app.url}/login`)
    const page = await browser.open(`${app.url}/guarded`)
    expect(page.status).toBe(500)
    expect(page.text).toContain(said)
  })

  test('an answer that fails goes to the error handler', async ({ start, browser }) => {
    const app = await start({ makeApp, after: mounted(requireUser({ onUnauthenticated: never })) })
    const page = await browser.open(`${app.url}/guarded`)
    expect([page.status, page.text.includes('does not count')]).toEqual([500, true])
  })

  test('withUser asks to sign in and comes back to a handler that has a user', async ({ start, browser }) => {
    const handler = withUser((req, res) => res.send(`own page of ${req.user.sub}`))
    const app = await start({ makeApp, after: under => void under.get('/own/:id', handler) })
    const away = await browser.open(`${app.url}/own/7`, { follow: false })
    expect(locationOf(away).pathname).toBe('/authorize')
    const page = await browser.open(`${app.url}/own/7`)
    expect([page.status, page.url, page.text]).toEqual([200, `${app.url}/own/7`, 'own page of user-1'])
  })

  test('a handler of withUser that fails goes to the error handler', async ({ start, browser }) => {
    const handlers = [never, () => Promise.reject(new Error('This answer does not count.'))]
    const after = (app: Express): void => {
      for (const [index, handler] of handlers.entries()) app.get(`/own/${index}`, withUser(handler))
    }
    const app = await start({ makeApp, after })
    await browser.open(`${app.url}/login`)
    for (const index of handlers.keys()) {
      const page = await browser.open(`${app.url}/own/${index}`)
      expect([page.status, page.text.includes('does not count')]).toEqual([500, true])
    }
  })
})

test('assertUser lets a handler go on for a signed-in user alone', async ({ start, browser }) => {
  const after = (app: Express): void =>
    void app.get('/own', (req, res) => {
      assertUser(req)
      res.send(req.user.sub)
    })
  const app = await start({ after })
  expect((await browser.open(`${app.url}/own`)).status).toBe(401)
  await browser.open(`${app.url}/login`)
  expect((await browser.open(`${app.url}/own`)).text).toBe('user-1')
  expect(() => assertUser({ user: { sub: '1' } })).toThrow(
    expect.objectContaining({ code: 'ERR_OIDC_MIDDLEWARE_MISSING' }),
  )
})
