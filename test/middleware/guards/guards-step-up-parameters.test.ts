import { describe, expect } from 'vitest'
import type { TestApp } from '../../support/app.ts'
import { asProgram, test as base, codeOf } from '../../support/flow.ts'
import { authenticateAs, mountStepUps, signInWeakly, stepUpsOf } from '../../support/guards/step-up.ts'

/** With an app that has pages for a step-up, and a browser that is signed in weakly. */
const test = base.extend('app', async ({ start, provider, browser }): Promise<TestApp> => {
  const app = await start({ after: mountStepUps })
  await signInWeakly(provider, browser, app.url)
  return app
})

describe('a program', () => {
  test.for([
    ['gold', { acr_values: 'gold' }, { acrValues: ['gold'] }],
    ['recent', { max_age: '300' }, { maxAge: 300 }],
    ['otp', { max_age: '0' }, { maxAge: 0 }],
    ['vot', { vtr: '["Cl.Cm.P2"]' }, { vtr: ['Cl.Cm.P2'] }],
  ] as const)(
    'at %s gets the challenge of RFC 9470',
    async ([path, asked, stepUp], { app, provider, browser }) => {
      const answer = await browser.open(`${app.url}/${path}`, asProgram)
      expect(parametersOf(answer.headers.get('www-authenticate') ?? '')).toEqual({
        realm: app.url,
        error: 'insufficient_user_authentication',
        error_description: 'A stronger or more recent authentication is needed',
        ...asked,
      })
      expect([answer.status, JSON.parse(answer.text)]).toEqual([
        401,
        { error: 'ERR_OIDC_STEP_UP_REQUIRED', message: expect.any(String), ...stepUp },
      ])
      expect(stepUpsOf(provider)).toEqual([])
      authenticateAs(provider, () => ({ acr: 'gold', amr: ['otp'], vot: 'Cl.Cm' }))
      await browser.open(`${app.url}/${path}`)
      expect(stepUpsOf(provider)).toEqual([new URLSearchParams(asked).toString()])
      expect((await browser.open(`${app.url}/${path}`, asProgram)).status).toBe(200)
    },
  )
})

function parametersOf(challenge: string): Record<string, string> {
  const pairs = [...challenge.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)]
  return Object.fromEntries(
    pairs.map(([, name = '', value = '']) => [name, value.replaceAll(/\\(.)/g, '$1')]),
  )
}

describe('the max_age of the app', () => {
  const relyingParty = { authorizationParameters: { max_age: '60' } }

  test('is kept by each sign-in', async ({ start, provider, browser }) => {
    const app = await start({ after: mountStepUps, relyingParty })
    authenticateAs(provider, () => ({ auth_time: -100 }))
    const page = await browser.open(`${app.url}/login`)
    expect([page.status, codeOf(page)]).toEqual([403, 'ERR_OIDC_STEP_UP_FAILED'])
    expect(await app.userOf(browser)).toBeNull()
  })

  test('is kept by a step-up too', async ({ start, provider, browser }) => {
    const app = await start({ after: mountStepUps, relyingParty })
    authenticateAs(provider, () => ({}))
    await browser.open(`${app.url}/login`)
    authenticateAs(provider, () => ({ acr: 'gold', auth_time: -100 }))
    const page = await browser.open(`${app.url}/gold`)
    expect([page.status, codeOf(page)]).toEqual([403, 'ERR_OIDC_STEP_UP_FAILED'])
    expect(stepUpsOf(provider)).toEqual(['max_age=60&acr_values=gold'])
  })
})
