import { chown, mkdir } from 'node:fs/promises'
import express from 'express'
import express4 from 'express4'
import { describe, expect } from 'vitest'
import { memoryStore } from '../../src/index.ts'
import { Browser } from '../support/browser.ts'
import { expectSignIn, test } from '../support/flow.ts'
import { changeAnswers } from '../support/providers/changed-answers.ts'
import { scriptedProvider } from '../support/scripted-provider.ts'

const withSecret = { metadata: { token_endpoint_auth_method: 'client_secret_basic' } } as const

describe('a registration access token', () => {
  test.for([
    ['another host', (uri: string, other: string) => uri.replace(/^http:\/\/[^/]+/, other)],
    [
      'another host, named as a user',
      (uri: string, other: string) => uri.replace('://', `://${new URL(uri).host}@${new URL(other).host}/`),
    ],
  ] as const)('is never sent to %s', async ([, change], { provider, start, directory, onTestFinished }) => {
    const other = await scriptedProvider()
    onTestFinished(() => other.close())
    changeAnswers(provider, 'register', ({ registration_client_uri: uri, ...body }) => ({
      ...body,
      registration_client_uri: change(String(uri), other.issuer),
    }))
    const app = await start({ directory, relyingParty: withSecret })
    await expectSignIn({ app, browser: new Browser() })
    await app.rp.rotate().catch(() => undefined)
    await app.close()
    const metadata = { ...withSecret.metadata, contacts: ['ops@app.test'] }
    const again = await start({ directory, relyingParty: { metadata } })
    await expectSignIn({ app: again, browser: new Browser() })
    await again.rp.unregister().catch(() => undefined)
    expect(other.requests).toEqual([])
    expect(provider.requestsTo('register').length).toBeGreaterThan(0)
  })
})

describe('a client that is granted with', () => {
  test.for([
    ['an id of 513 characters', { client_id: 'c'.repeat(513) }],
    ['an id of a megabyte', { client_id: 'c'.repeat(1_000_000) }],
    ['a number as id', { client_id: 7 }],
    ['an empty id', { client_id: '' }],
  ] as const)('%s signs nobody in', async ([, changes], { provider, app: _, start, browser }) => {
    changeAnswers(provider, 'register', body => ({ ...body, ...changes }))
    const app = await start()
    await expect(app.rp.ready()).rejects.toMatchObject({
      code: 'ERR_OIDC_REGISTRATION_REFUSED',
      message: expect.stringContaining('client_id is not a string of 1 to 512 characters'),
    })
    expect((await browser.open(`${app.url}/private`)).status).toBe(503)
    provider.behave()
    await expectSignIn({ app: await start(), browser })
  })

  test('an expiry that is no time signs users in, as one that does not say', async ({
    provider,
    start,
    browser,
  }) => {
    changeAnswers(provider, 'register', body => ({ ...body, client_secret_expires_at: 'never' }))
    await expectSignIn({ app: await start({ relyingParty: withSecret }), browser })
  })
})

describe.runIf(process.getuid?.() === 0)('a folder for client records', () => {
  test('that belongs to another user is refused', async ({ start, directory, browser }) => {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    await chown(directory, 12_345, 12_345)
    const app = await start({ directory })
    expect((await browser.open(`${app.url}/private`)).status).toBe(503)
    expect(app.log.join('\n')).toContain('belongs to another user')
    await chown(directory, 0, 0)
    await expectSignIn({ app: await start({ directory }), browser })
  })
})

test('a record of another issuer with the same name stays as it is', async ({
  provider,
  start,
  onTestFinished,
}) => {
  const other = await scriptedProvider()
  onTestFinished(() => other.close())
  const memory = memoryStore()
  const store = { ...memory, shared: true }
  const relyingParty = { store, name: 'shop' }
  const first = await start({ relyingParty })
  await expectSignIn({ app: first, browser: new Browser() })
  const second = await start({ issuer: other.issuer, relyingParty })
  await expectSignIn({ app: second, browser: new Browser() })
  expect(other.clients.size).toBe(1)
  const third = await start({ relyingParty: { ...relyingParty, baseUrl: first.url } })
  await third.rp.ready()
  expect(third.rp.status().clientId).toBe(first.rp.status().clientId)
  expect(provider.requestsTo('register')).toHaveLength(1)
})

const forged = {
  host: 'evil.example',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'https',
  'x-forwarded-port': '4443',
  'x-forwarded-prefix': '/evil',
  'x-original-url': '/evil',
  'x-rewrite-url': '/evil',
  'x-host': 'evil.example',
  forwarded: 'host=evil.example;proto=https',
  origin: 'https://evil.example',
  referer: 'https://evil.example/',
}

test.for([
  ['Express 4', express4],
  ['Express 5', express],
] as const)(
  'on %s, a first request with forged headers registers nothing of them',
  async ([, makeApp], { provider, start }) => {
    const app = await start({
      makeApp,
      relyingParty: { start: 'first-use' },
      before: server => void server.set('trust proxy', true),
    })
    await new Browser().open(`${app.url}/login`, { headers: forged, follow: false })
    const [registration] = provider.requestsTo('register')
    expect(registration?.body).toContain(`"${app.url}/callback"`)
    expect(registration?.body).not.toContain('evil')
    expect(JSON.stringify(provider.requests)).not.toContain('evil')
  },
)
