import { describe, expect } from 'vitest'
import type { TestApp, TestAppOptions } from '../../support/app.ts'
import { Browser, type Page } from '../../support/browser.ts'
import { locationOf, test } from '../../support/flow.ts'
import { refusalOf, settingsOf } from '../../support/settings.ts'

const url = 'https://app.example'
const cookie = { secure: true, sameSite: 'none', partitioned: true } as const
const framed: TestAppOptions = {
  baseUrl: () => url,
  relyingParty: { partitionedCookies: true },
  session: { cookie },
  before: app => void app.set('trust proxy', 1),
}

/** A browser in front of a proxy that ends TLS. */
function browserOf(app: TestApp): Browser {
  return new Browser({
    route: to => (to.origin === url ? new URL(to.pathname + to.search, app.url) : to),
  })
}

/** The cookies of an answer: whether each is set or removed, with its name and how it is sent. */
function cookiesOf({ headers }: Page): string[] {
  return headers.getSetCookie().map(line => {
    const [pair = '', ...attributes] = line.split('; ')
    const name = pair.split(/[.=]/)[0]
    const isRemoved = attributes.some(
      one => one === 'Max-Age=0' || one.startsWith('Expires=Thu, 01 Jan 1970'),
    )
    const shown = attributes.filter(one => !/^(Max-Age|Expires)/.test(one)).sort()
    return [isRemoved ? '-' : '+', name, ...shown].join(' ').toLowerCase()
  })
}

const partitioned = 'httponly partitioned path=/ samesite=none secure'

describe('with partitionedCookies', () => {
  test('every cookie of a sign-in and a sign-out is set and removed with the attributes for frames', async ({
    start,
  }) => {
    const app = await start(framed)
    const browser = browserOf(app)
    const began = await browser.open(`${url}/login?returnTo=/me`, { follow: false })
    expect(cookiesOf(began)).toEqual([`+ __host-oidc ${partitioned}`])
    const answer = await browser.open(locationOf(began).href, { follow: false })
    const ended = await browser.open(locationOf(answer).href, { follow: false })
    expect(cookiesOf(ended).sort()).toEqual([
      `+ __host-oidc-signed-in ${partitioned}`,
      `+ connect ${partitioned}`,
      `- __host-oidc ${partitioned}`,
    ])
    const shown = await browser.open(`${url}/me`)
    expect(shown.text).toContain('user-1')
    expect(cookiesOf(shown)).toEqual([`- __host-oidc-signed-in ${partitioned}`])
    const left = await browser.post(`${url}/logout`, {}, { follow: false })
    expect(cookiesOf(left).sort()).toEqual([
      `+ __host-oidc-logout ${partitioned}`,
      `+ __host-oidc-silent ${partitioned}`,
      `- connect ${partitioned}`,
    ])
    const out = await browser.open(locationOf(left).href, { follow: false })
    const back = await browser.open(locationOf(out).href, { follow: false })
    expect(cookiesOf(back)).toEqual([`- __host-oidc-logout ${partitioned}`])
  })

  test.for([
    ['Lax', { secure: true, sameSite: 'lax' }],
    ['without SameSite', { secure: true }],
    ['not partitioned', { secure: true, sameSite: 'none' }],
    ['not Secure', { sameSite: 'none', partitioned: true }],
  ] as const)(
    'nobody is signed in while the cookie of express-session is %s',
    async ([, wrong], { start }) => {
      const app = await start({ ...framed, session: { cookie: wrong } })
      const browser = browserOf(app)
      const page = await browser.open(`${url}/login`)
      expect([page.status, page.text]).toEqual([
        500,
        expect.stringContaining('ERR_OIDC_SESSION_NOT_RETURNED'),
      ])
      expect(app.log.at(-1)).toContain(
        "Use session({ cookie: { secure: true, sameSite: 'none', partitioned: true } })",
      )
      expect((await browser.open(`${url}/me`)).text).toBe('null')
    },
  )

  test('a sign-out that another site asks for is confirmed, now that cookies come with it', async ({
    start,
  }) => {
    const app = await start(framed)
    const browser = browserOf(app)
    await browser.open(`${url}/login`)
    const asked = await browser.post(`${url}/logout`, {}, { from: 'https://evil.example' })
    expect(asked.text).toContain('Sign out of app.example?')
    expect(asked.headers.get('x-frame-options')).toBe('DENY')
    expect((await browser.open(`${url}/me`)).text).toContain('user-1')
    await browser.submit(asked)
    expect((await browser.open(`${url}/me`)).text).toBe('null')
  })

  test.for(['query', 'form_post'] as const)(
    'a callback that another browser began signs nobody in (%s)',
    async (responseMode, { start }) => {
      const app = await start({ ...framed, relyingParty: { partitionedCookies: true, responseMode } })
      const [attacker, victim] = [browserOf(app), browserOf(app)]
      const began = await attacker.open(`${url}/login`, { follow: false })
      const { searchParams } = locationOf(began)
      const answer = await attacker.open(locationOf(began).href, { follow: false })
      const refused =
        responseMode === 'query'
          ? await victim.open(locationOf(answer).href, { from: 'https://evil.example', follow: false })
          : await victim.submit(answer, {}, { from: 'https://evil.example', follow: false })
      expect([refused.status, searchParams.has('state')]).toEqual([303, true])
      expect((await victim.open(`${url}/me`)).text).toBe('null')
    },
  )
})

test('partitionedCookies is refused with an http baseUrl', () => {
  const baseUrl = ['https://app.example', 'http://localhost:3000']
  const { code, message } = refusalOf({ baseUrl, partitionedCookies: true })
  expect(code).toBe('ERR_OIDC_INVALID_OPTION')
  expect(message).toContain('options.partitionedCookies needs a baseUrl with https')
  expect(settingsOf({ baseUrl: baseUrl[0], partitionedCookies: true }).partitionedCookies).toBe(true)
  expect(settingsOf({ baseUrl }).partitionedCookies).toBe(false)
})
