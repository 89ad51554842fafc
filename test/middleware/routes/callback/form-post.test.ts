import express from 'express'
import supertest from 'supertest'
import { describe, expect } from 'vitest'
import { memoryStore, type Store } from '../../../../src/index.ts'
import type { TestApp, TestAppOptions } from '../../../support/app.ts'
import { formOf } from '../../../support/browser/browser-form.ts'
import { Browser, type Page } from '../../../support/browser.ts'
import { codeOf, expectRefusal, locationOf, test } from '../../../support/flow.ts'

declare module 'express-session' {
  interface SessionData {
    basket?: string
  }
}

const options: TestAppOptions = {
  relyingParty: { responseMode: 'form_post' },
  after: app => {
    app.get('/put', (req, res) => {
      req.session.basket = 'an apple'
      res.send('put')
    })
    app.get('/basket', (req, res) => void res.send(req.session.basket ?? 'nothing'))
  },
}
const parsers: readonly (readonly [string, TestAppOptions])[] = [
  ['without a body parser', options],
  [
    'behind express.urlencoded()',
    { ...options, before: app => app.use(express.urlencoded({ extended: true })) },
  ],
  [
    'behind the simple express.urlencoded()',
    { ...options, before: app => app.use(express.urlencoded({ extended: false })) },
  ],
  ['behind express.text()', { ...options, before: app => app.use(express.text({ type: '*/*' })) }],
]

/** Begins a sign-in, and stops at the provider's page, whose form a script would post. */
async function reachForm(browser: Browser, app: TestApp): Promise<Page> {
  const page = await browser.open(`${app.url}/private`)
  expect(formOf(page)).toMatchObject({ method: 'POST', action: `${app.url}/callback` })
  return page
}

const post = (app: TestApp, body: string, type: string): supertest.Test =>
  supertest(app.url).post('/callback').set({ 'content-type': type, accept: 'application/json' }).send(body)

describe('a sign-in by form_post', () => {
  test.for(parsers)(
    '%s ends on its page, and shows no code in a URL',
    async ([, parser], { provider, start, browser }) => {
      const app = await start(parser)
      const form = await reachForm(browser, app)
      const back = await browser.submit(form, {}, { follow: false })
      const own = locationOf(back)
      expect([back.status, own.origin + own.pathname]).toEqual([303, `${app.url}/callback`])
      expect([...own.searchParams]).toEqual([['state', formOf(form).fields['state']]])
      expect(back.headers.getSetCookie()).toEqual([])
      const page = await browser.open(own.href, { from: form.url })
      expect([page.status, page.url]).toEqual([200, `${app.url}/private`])
      expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
      expect(provider.requestsTo('token')).toHaveLength(1)
    },
  )

  test('keeps what the anonymous session held', async ({ start, browser }) => {
    const app = await start(options)
    await browser.open(`${app.url}/put`)
    await browser.submit(await reachForm(browser, app))
    expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    expect((await browser.open(`${app.url}/basket`)).text).toBe('an apple')
  })

  test('that was posted twice, or is loaded again, ends on its page and uses the code once', async ({
    provider,
    start,
    browser,
  }) => {
    const app = await start(options)
    const form = await reachForm(browser, app)
    const back = locationOf(await browser.submit(form, {}, { follow: false }))
    for (const again of [
      () => browser.submit(form),
      () => browser.submit(form),
      () => browser.open(back.href),
    ])
      expect(await again()).toMatchObject({ status: 200, url: `${app.url}/private` })
    expect(provider.requestsTo('token')).toHaveLength(1)
    await expectRefusal(await new Browser().open(back.href), [400, 'ERR_OIDC_TRANSACTION_USED'], {
      app,
      browser: new Browser(),
    })
  })

  test('that was lost starts again on its return path', async ({ start, browser }) => {
    const app = await start(options)
    const { state = '' } = formOf(await reachForm(browser, app)).fields
    const page = await browser.open(`${app.url}/callback?${new URLSearchParams({ state }).toString()}`, {
      follow: false,
    })
    expect([page.status, locationOf(page).pathname]).toEqual([303, '/authorize'])
    const form = await browser.open(locationOf(page).href)
    expect((await browser.submit(form)).url).toBe(`${app.url}/private`)
  })

  test('does not sign another browser in', async ({ provider, start, browser }) => {
    const app = await start(options)
    const back = locationOf(await browser.submit(await reachForm(browser, app), {}, { follow: false }))
    const victim = new Browser()
    const page = await victim.open(back.href)
    expect([page.status, new URL(page.url).pathname]).toEqual([200, '/authorize'])
    expect([await app.userOf(victim), provider.requestsTo('token').length]).toEqual([null, 0])
    expect((await browser.open(back.href)).url).toBe(`${app.url}/private`)
  })

  test('counts by its first answer', async ({ provider, start, browser }) => {
    const app = await start(options)
    const form = await reachForm(browser, app)
    const back = locationOf(await browser.submit(form, {}, { follow: false }))
    await browser.submit(form, { code: 'somebody-elses' }, { follow: false })
    expect((await browser.open(back.href)).url).toBe(`${app.url}/private`)
    const [exchange] = provider.requestsTo('token')
    expect(new URLSearchParams(exchange?.body).get('code')).toBe(formOf(form).fields['code'])
  })

  test('that the user declines is answered for', async ({ start, browser }) => {
    const app = await start(options)
    const { state = '', iss = '' } = formOf(await reachForm(browser, app)).fields
    const answer = { state, iss, error: 'access_denied' }
    const page = await browser.post(`${app.url}/callback`, answer, { from: 'http://127.0.0.1:1' })
    await expectRefusal(page, [403, 'ERR_OIDC_ACCESS_DENIED'], { app, browser })
  })

  test.for([
    ['a repeated parameter', (fields: string) => `${fields}&state=again`, 'ERR_OIDC_CALLBACK_INVALID'],
    ['a token', (fields: string) => `${fields}&access_token=x`, 'ERR_OIDC_CALLBACK_INVALID'],
    [
      'a made-up state',
      (fields: string) => fields.replace(/state=[^&]*/, 'state=made-up'),
      'ERR_OIDC_STATE_UNKNOWN',
    ],
    ['no state', (fields: string) => fields.replace(/state=[^&]*/, ''), 'ERR_OIDC_CALLBACK_INVALID'],
    ['17 KB', (fields: string) => `${fields}&x=${'x'.repeat(17_000)}`, 'ERR_OIDC_BODY_INVALID'],
    [
      'JSON',
      (fields: string) => JSON.stringify(Object.fromEntries(new URLSearchParams(fields))),
      'ERR_OIDC_BODY_INVALID',
    ],
    ['text', (fields: string) => fields, 'ERR_OIDC_BODY_INVALID'],
  ] as const)(
    'with %s is refused, and nothing of it is kept',
    async ([kind, change, code], { provider, start, browser }) => {
      const store = memoryStore()
      const kept: string[] = []
      const watched: Store = {
        ...store,
        set(key, ...rest) {
          kept.push(`${key} ${rest[0]}`)
          return store.set(key, ...rest)
        },
      }
      const app = await start({ ...options, relyingParty: { ...options.relyingParty, store: watched } })
      const form = await reachForm(browser, app)
      const types: Readonly<Record<string, string>> = { JSON: 'application/json', text: 'text/plain' }
      const body = change(new URLSearchParams(formOf(form).fields).toString())
      const answer = await post(app, body, types[kind] ?? 'application/x-www-form-urlencoded')
      expect([answer.status, answer.body.error]).toEqual([400, code])
      expect(kept.filter(key => key.startsWith('response:'))).toEqual([])
      expect(provider.requestsTo('token')).toHaveLength(0)
      expect((await browser.submit(form, { unknown: 'word' })).url).toBe(`${app.url}/private`)
      const answers = kept.filter(key => key.startsWith('response:'))
      expect([answers.length, answers[0]?.includes('unknown')]).toEqual([1, false])
    },
  )

  test('takes no code from a URL', async ({ provider, start, browser }) => {
    const app = await start(options)
    const form = await reachForm(browser, app)
    const query = new URLSearchParams(formOf(form).fields).toString()
    const page = await browser.open(`${app.url}/callback?${query}`, { follow: false })
    expect([page.status, locationOf(page).pathname]).toEqual([303, '/authorize'])
    expect([await app.userOf(browser), provider.requestsTo('token').length]).toEqual([null, 0])
    const unknown = await browser.open(`${app.url}/callback?state=made-up&code=x`, { follow: false })
    expect([unknown.status, codeOf(unknown)]).toEqual([400, 'ERR_OIDC_STATE_UNKNOWN'])
    expect((await browser.submit(form)).url).toBe(`${app.url}/private`)
  })

  test('has the same cookie as one by query', async ({ start }) => {
    const app = await start({ relyingParty: { ...options.relyingParty, baseUrl: 'https://app.example' } })
    const response = await fetch(`${app.url}/login`, { redirect: 'manual' })
    expect(
      locationOf({ headers: response.headers, url: app.url } as Page).searchParams.get('response_mode'),
    ).toBe('form_post')
    expect(response.headers.getSetCookie()[0]).toMatch(
      /^__Host-oidc\.[\w-]{8}\.[\w-]{12}=.*; Path=\/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure$/,
    )
    await app.rp.close()
  })
})
