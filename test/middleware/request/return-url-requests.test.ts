import { get } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { requireUser } from '../../../src/index.ts'
import { startApp, type TestApp } from '../../support/app.ts'
import { Browser, type Page } from '../../support/browser.ts'
import { type ScriptedProvider, scriptedProvider } from '../../support/scripted-provider.ts'
import { redirectPayloads } from '../../support/sign-in/redirect-payloads.ts'

let provider: ScriptedProvider
let app: TestApp

beforeAll(async () => {
  provider = await scriptedProvider()
  app = await startApp(provider.issuer)
})

afterAll(async () => {
  await app.close()
  await provider.close()
})

const isText = (payload: string): boolean => payload.length < 2_000 && !payload.includes('\ud800')
const short = redirectPayloads.filter(isText)
const step = Math.floor(short.length / 60)
/** 60 that are spread over the whole list. */
const sample = short.filter((_, index) => index % step === 0).slice(0, 60)

/** Follows redirects by hand, so that no other host is ever asked, until the answer of the callback. */
async function finish(browser: Browser, start: Page): Promise<string | null> {
  const back = await browser.open(start.headers.get('location') ?? '', { follow: false })
  const final = await browser.open(back.headers.get('location') ?? '', { follow: false })
  expect(final.status).toBe(303)
  return final.headers.get('location')
}

const resolved = (location: string | null): string => new URL(location ?? '', `${app.url}/callback`).origin

describe('a sign-in ends in this app', () => {
  test.each(sample.map(payload => [JSON.stringify(payload), payload]))(
    'when the login link asks for %s',
    async (_, payload) => {
      const browser = new Browser()
      const link = `${app.url}/login?returnTo=${encodeURIComponent(payload)}`
      const location = await finish(browser, await browser.open(link, { follow: false }))
      expect(resolved(location)).toBe(app.url)
      expect(await app.userOf(browser)).toMatchObject({ sub: 'user-1' })
    },
  )

  test.each(['/a', '//evil.test'])(
    'when the login link names two pages, the first of them %s',
    async first => {
      const browser = new Browser()
      const other = first === '/a' ? '//evil.test' : '/a'
      const link = `${app.url}/login?returnTo=${first}&returnTo=${other}`
      const location = await finish(browser, await browser.open(link, { follow: false }))
      expect(resolved(location)).toBe(app.url)
    },
  )

  test('at the page with its query that the login link names', async () => {
    const browser = new Browser()
    const link = `${app.url}/login?returnTo=${encodeURIComponent('/private?a=b&c=%2Fd#e')}`
    const start = await browser.open(link, { follow: false })
    expect(await finish(browser, start)).toBe(`${app.url}/private?a=b&c=%2Fd#e`)
  })
})

describe('a sign-out ends in this app', () => {
  test.each(sample.map(payload => [JSON.stringify(payload), payload]))(
    'when a form asks for %s',
    async (_, payload) => {
      const browser = new Browser()
      const fields = { returnTo: payload }
      const page = await browser.post(`${app.url}/logout`, fields, { follow: false })
      expect(page.status).toBe(303)
      expect(resolved(page.headers.get('location'))).toBe(app.url)
    },
  )
})

describe('a guarded page leads back to this app', () => {
  const paths = [
    '//evil.test',
    '/..//evil.test',
    '/.//evil.test',
    '/x/../..//evil.test',
    '/%2e%2e//evil.test',
  ]
  const odd = [
    '/\\\\evil.test',
    '///evil.test',
    '/%5cevil.test',
    '/%2f%2fevil.test',
    'https://evil.test/',
    '/;@evil.test',
  ]

  test.each([...paths, ...odd])('when it was asked for as %s', async path => {
    const guarded = await startApp(provider.issuer, { after: app => void app.use(requireUser()) })
    try {
      const start = await rawGet(guarded.url, path)
      const back = await fetch(start.location, { redirect: 'manual' })
      const { pathname, search } = new URL(back.headers.get('location') ?? '')
      const final = await rawGet(guarded.url, pathname + search, start.cookie)
      expect(final.status).toBe(303)
      expect(new URL(final.location, `${guarded.url}/callback`).origin).toBe(guarded.url)
    } finally {
      await guarded.close()
    }
  })
})

/** Sends a request target as it is; every client above this level tidies it up. */
function rawGet(origin: string, path: string, cookie = '') {
  const { hostname, port } = new URL(origin)
  const headers = { accept: 'text/html', 'sec-fetch-mode': 'navigate', ...(cookie && { cookie }) }
  return new Promise<{ status: number | undefined; location: string; cookie: string }>((resolve, reject) => {
    get({ hostname, port, path, headers, agent: false }, answer => {
      answer.resume()
      const cookies = answer.headers['set-cookie'] ?? []
      resolve({
        status: answer.statusCode,
        location: answer.headers.location ?? '',
        cookie: cookies.map(line => line.split(';')[0]).join('; '),
      })
    }).on('error', reject)
  })
}
