import express from 'express'
import { describe, expect } from 'vitest'
import type { TestApp, TestAppOptions } from './support/app.ts'
import { formOf } from './support/browser-form.ts'
import { test } from './support/flow.ts'

/** The app believes that a proxy ends TLS for it; the test is that proxy, and keeps the cookies by hand. */
const options: TestAppOptions = {
  relyingParty: { baseUrl: 'https://app.example', responseMode: 'form_post' },
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

interface Answer {
  readonly fields: Record<string, string>
  readonly cookie: string
}

/** Begins a sign-in and takes the form that the provider would let the browser post. */
async function answerOf(app: TestApp): Promise<Answer> {
  const start = await fetch(`${app.url}/login?returnTo=/private`, { redirect: 'manual' })
  const authorize = await fetch(start.headers.get('location') ?? '')
  const page = { status: authorize.status, url: authorize.url, text: await authorize.text() }
  const cookie = start.headers
    .getSetCookie()
    .map(line => line.replace(/;.*/, ''))
    .join('; ')
  expect(formOf(page)).toMatchObject({ method: 'POST', action: 'https://app.example/callback' })
  return { fields: formOf(page).fields, cookie }
}

function post(
  app: TestApp,
  body: URLSearchParams | string,
  headers: Record<string, string>,
): Promise<Response> {
  const type = { 'content-type': 'application/x-www-form-urlencoded' }
  return fetch(`${app.url}/callback`, {
    method: 'POST',
    redirect: 'manual',
    body,
    headers: { ...type, ...headers },
  })
}

/** The user whom the app sees in the session that an answer has set, if it has. */
async function userOf(app: TestApp, response: Response): Promise<unknown> {
  const cookie = response.headers
    .getSetCookie()
    .map(line => line.replace(/;.*/, ''))
    .join('; ')
  return (await fetch(`${app.url}/me`, { headers: { cookie } })).json()
}

describe('a sign-in by form_post', () => {
  test('asks for it, and keeps cookies that come along with a post from another site', async ({ start }) => {
    const app = await start(options)
    const response = await fetch(`${app.url}/login`, { redirect: 'manual' })
    const { searchParams } = new URL(response.headers.get('location') ?? '')
    expect(searchParams.get('response_mode')).toBe('form_post')
    const [cookie] = response.headers.getSetCookie()
    expect(cookie).toMatch(
      /^__Host-oidc\.[\w-]{8}\.[\w-]{12}=.*; Path=\/; Max-Age=3600; HttpOnly; SameSite=None; Secure$/,
    )
  })

  test.for(parsers)('%s signs the user in and refuses a replay', async ([, parser], { provider, start }) => {
    const app = await start(parser)
    const { fields, cookie } = await answerOf(app)
    const response = await post(app, new URLSearchParams(fields), { cookie })
    expect([response.status, response.headers.get('location')]).toEqual([303, 'https://app.example/private'])
    expect(await userOf(app, response)).toMatchObject({ sub: 'user-1' })

    const replay = await post(app, new URLSearchParams(fields), { cookie })
    expect([replay.status, await replay.json()]).toMatchObject([400, { error: 'ERR_OIDC_TRANSACTION_USED' }])
    expect(await userOf(app, replay)).toBeNull()
    expect(provider.requestsTo('token')).toHaveLength(1)
  })

  test.for(parsers)('%s refuses a repeated parameter', async ([, parser], { provider, start }) => {
    const app = await start(parser)
    const { fields, cookie } = await answerOf(app)
    const response = await post(app, `${new URLSearchParams(fields).toString()}&state=${fields['state']}`, {
      cookie,
    })
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { error: 'ERR_OIDC_CALLBACK_INVALID' },
    ])
    expect(await userOf(app, response)).toBeNull()
    expect(provider.requestsTo('token')).toHaveLength(0)
    expect((await post(app, new URLSearchParams(fields), { cookie })).status).toBe(303)
  })

  test.for([
    ['as JSON', (fields: Answer['fields']) => JSON.stringify(fields), 'application/json'],
    ['as text', (fields: Answer['fields']) => String(new URLSearchParams(fields)), 'text/plain'],
    [
      'with 17 KB',
      (fields: Answer['fields']) => `${new URLSearchParams(fields).toString()}&x=${'x'.repeat(17_000)}`,
      '',
    ],
  ] as const)('%s is refused and does not use the code', async ([, bodyOf, type], { provider, start }) => {
    const app = await start(options)
    const { fields, cookie } = await answerOf(app)
    const response = await post(app, bodyOf(fields), type ? { cookie, 'content-type': type } : { cookie })
    expect([response.status, await response.json()]).toMatchObject([400, { error: 'ERR_OIDC_BODY_INVALID' }])
    expect(await userOf(app, response)).toBeNull()
    expect(provider.requestsTo('token')).toHaveLength(0)
    expect((await post(app, new URLSearchParams(fields), { cookie })).status).toBe(303)
  })

  test('by GET is refused and does not use the code', async ({ provider, start }) => {
    const app = await start(options)
    const { fields, cookie } = await answerOf(app)
    const response = await fetch(`${app.url}/callback?${new URLSearchParams(fields).toString()}`, {
      headers: { cookie },
    })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    expect(await response.json()).toMatchObject({ error: 'ERR_OIDC_METHOD_NOT_ALLOWED' })
    expect(provider.requestsTo('token')).toHaveLength(0)
    expect((await post(app, new URLSearchParams(fields), { cookie })).status).toBe(303)
  })
})
