import { describe, expect } from 'vitest'
import type { TestApp } from '../../support/app.ts'
import { pass, setClock, stopClock } from '../../support/clock.ts'
import { test as base, codeOf, locationOf } from '../../support/flow.ts'
import { authenticateAs, mountStepUps, signInWeakly, stepUpsOf } from '../../support/guards/step-up.ts'

stopClock()

/** With an app that has pages for a step-up, and a browser that is signed in weakly. */
const test = base.extend('app', async ({ start, provider, browser }): Promise<TestApp> => {
  const app = await start({ after: mountStepUps })
  await signInWeakly(provider, browser, app.url)
  return app
})

const FAILED = [403, 'ERR_OIDC_STEP_UP_FAILED'] as const

describe('a page that needs a stronger sign-in', () => {
  test.for([
    ['gold', 'acr_values=gold', { acr: 'gold' }],
    ['recent', 'max_age=300', {}],
    ['otp', 'max_age=0', { amr: ['pwd', 'otp'] }],
    ['vot', 'vtr=%5B%22Cl.Cm.P2%22%5D', { vot: 'Cl.Cm' }],
    ['both', 'acr_values=gold', { acr: 'gold' }],
  ] as const)('%s', async ([path, asked, authentication], { app, provider, browser }) => {
    authenticateAs(provider, () => authentication)
    const page = await browser.open(`${app.url}/${path}?tab=2`)
    expect([page.status, page.url, page.text]).toEqual([
      200,
      `${app.url}/${path}?tab=2`,
      `${path} page of user-1`,
    ])
    expect(stepUpsOf(provider)).toEqual([asked])
    await browser.open(`${app.url}/${path}`)
    expect(stepUpsOf(provider)).toEqual([asked])
  })

  test('may need two, one after the other', async ({ app, provider, browser }) => {
    authenticateAs(provider, asked =>
      asked.has('acr_values') ? { acr: 'gold', auth_time: -3_600 } : { acr: 'gold' },
    )
    expect((await browser.open(`${app.url}/both`)).text).toBe('both page of user-1')
    expect(stepUpsOf(provider)).toEqual(['acr_values=gold', 'max_age=300'])
  })

  test('does not post a form again', async ({ app, provider, browser }) => {
    authenticateAs(provider, () => ({ acr: 'gold' }))
    const page = await browser.post(`${app.url}/gold`, {}, { headers: { referer: `${app.url}/gold?form` } })
    expect([page.status, page.url]).toEqual([200, `${app.url}/gold?form`])
  })

  test('is for the user who comes back, whoever that is', async ({ app, provider, browser }) => {
    authenticateAs(provider, () => ({ acr: 'gold' }))
    provider.user = { sub: 'user-2' }
    expect((await browser.open(`${app.url}/gold`)).text).toBe('gold page of user-2')
  })
})

describe('a user who comes back without what was asked for', () => {
  test.for([
    ['gold', 'another acr', { acr: 'bronze' }],
    ['gold', 'no acr', {}],
    ['gold', 'an acr that is no text', { acr: ['gold'] }],
    ['otp', 'another amr', { amr: ['pwd'] }],
    ['otp', 'an amr that is no array', { amr: 'otp' }],
    ['vot', 'another vot', { vot: 'Cl' }],
    ['vot', 'no vot', {}],
    ['vot', 'a vot that is no text', { vot: ['Cl.Cm'] }],
  ] as const)(
    'to %s with %s gets 403 and is not sent again',
    async ([path, , authentication], { app, provider, browser }) => {
      authenticateAs(provider, () => authentication)
      const page = await browser.open(`${app.url}/${path}`)
      expect([page.status, codeOf(page)]).toEqual(FAILED)
      expect(stepUpsOf(provider)).toHaveLength(1)
      expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    },
  )

  test('may try again a little later', async ({ app, provider, browser }) => {
    authenticateAs(provider, () => ({ acr: 'bronze' }))
    await browser.open(`${app.url}/gold`)
    pass(21_000)
    authenticateAs(provider, () => ({ acr: 'gold' }))
    expect((await browser.open(`${app.url}/gold`)).text).toBe('gold page of user-1')
  })

  test('may try again a little later, also after the clock was set back', async ({
    app,
    provider,
    browser,
  }) => {
    authenticateAs(provider, () => ({ acr: 'bronze' }))
    await browser.open(`${app.url}/gold`)
    setClock(-240_000)
    expect(codeOf(await browser.open(`${app.url}/gold`))).toBe('ERR_OIDC_STEP_UP_FAILED')
    pass(21_000)
    authenticateAs(provider, () => ({ acr: 'gold' }))
    expect((await browser.open(`${app.url}/gold`)).text).toBe('gold page of user-1')
  })

  test.for([
    ['is too old', { auth_time: -400 }],
    ['is missing', { auth_time: 'absent' }],
  ] as const)(
    'is refused in the callback where auth_time %s, and changes nothing about the user',
    async ([, authentication], { app, provider, browser }) => {
      const before = await app.userOf(browser)
      authenticateAs(provider, () => authentication)
      const page = await browser.open(`${app.url}/recent`)
      expect([page.status, codeOf(page)]).toEqual(FAILED)
      expect(stepUpsOf(provider)).toHaveLength(1)
      expect(await app.userOf(browser)).toEqual(before)
    },
  )

  test('is refused in the callback where auth_time lies in the future, and changes nothing about the user', async ({
    app,
    provider,
    browser,
  }) => {
    const before = await app.userOf(browser)
    authenticateAs(provider, () => ({ auth_time: 400 }))
    const page = await browser.open(`${app.url}/recent`)
    expect([page.status, codeOf(page)]).toEqual([400, 'ERR_OIDC_ID_TOKEN_INVALID'])
    expect(await app.userOf(browser)).toEqual(before)
  })

  test('is not sent back and forth between two guards that exclude each other', async ({
    app,
    provider,
    browser,
  }) => {
    authenticateAs(provider, asked => ({ acr: asked.get('acr_values') }))
    const page = await browser.open(`${app.url}/never`)
    expect([page.status, codeOf(page)]).toEqual(FAILED)
    expect(stepUpsOf(provider)).toEqual(['acr_values=gold', 'acr_values=silver'])
  })

  test('is told when the provider cannot', async ({ app, provider, browser }) => {
    const away = await browser.open(`${app.url}/gold`, { follow: false })
    const state = locationOf(away).searchParams.get('state')
    const query = `error=unmet_authentication_requirements&state=${state}&iss=${provider.issuer}`
    const page = await browser.open(`${app.url}/callback?${query}`)
    expect([page.status, codeOf(page)]).toEqual(FAILED)
    expect(await app.userOf(browser)).toMatchObject({ acr: 'bronze' })
  })

  test('because his cookie was lost is told so', async ({ app, provider, browser }) => {
    const away = await browser.open(`${app.url}/gold`, { follow: false })
    const back = await browser.open(locationOf(away).href, { follow: false })
    const session = (await browser.jar.getCookies(app.url)).find(({ key }) => key === 'connect.sid')
    await browser.jar.removeAllCookies()
    if (session) await browser.jar.setCookie(session, app.url)
    const page = await browser.open(locationOf(back).href)
    expect([page.status, codeOf(page)]).toEqual([400, 'ERR_OIDC_TRANSACTION_LOST'])
    expect(await app.userOf(browser)).toMatchObject({ acr: 'bronze' })
    expect(stepUpsOf(provider)).toHaveLength(1)
  })
})

describe('a sign-in is recent', () => {
  test.for([
    [300, 200],
    [329, 200],
    [331, 303],
  ] as const)('after %i seconds: %i', async ([seconds, status], { app, provider, browser }) => {
    authenticateAs(provider, () => ({}))
    await browser.open(`${app.url}/login`)
    pass(seconds * 1_000)
    expect((await browser.open(`${app.url}/recent`, { follow: false })).status).toBe(status)
  })
})
