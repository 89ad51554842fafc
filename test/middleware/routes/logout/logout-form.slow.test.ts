import { describe, expect } from 'vitest'
import { chromiumIsMissing, launchChromium, visitor } from '../../../support/browser/chromium.ts'
import { locationOf, test } from '../../../support/flow.ts'

const byForm = { relyingParty: { logoutRequest: 'form' } } as const

describe('with a form, a sign-out', () => {
  test('goes to the provider by POST, with nothing in the URL, and comes back', async ({
    provider,
    start,
    browser,
  }) => {
    const app = await start(byForm)
    await browser.open(`${app.url}/private`)
    const page = await browser.post(`${app.url}/logout`, { returnTo: '/me' })
    expect([page.status, page.url]).toEqual([200, `${app.url}/logout`])
    expect(page.text).toContain(`<form method="post" action="${provider.issuer}/logout">`)
    expect(await app.userOf(browser)).toBeNull()

    const back = await browser.submit(page)
    expect(back).toMatchObject({ url: `${app.url}/me`, text: 'null' })
    const [asked] = provider.requestsTo('endSession')
    expect([asked?.method, asked?.query.size]).toEqual(['POST', 0])
    expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
      client_id: [...provider.clients.keys()][0],
      id_token_hint: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      post_logout_redirect_uri: `${app.url}/logout/callback`,
      state: expect.stringMatching(/^[\w-]{32,}$/),
    })
  })

  test('has a page with one script, which no other page has', async ({ start, browser }) => {
    const app = await start(byForm)
    await browser.open(`${app.url}/private`)
    const asked = await browser.open(`${app.url}/logout`, { from: 'https://other.example/' })
    expect(asked.headers.get('content-security-policy')).not.toContain('script-src')
    const page = await browser.submit(asked)
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; /)
    expect(policy).not.toContain('form-action')
    for (const { headers } of [asked, page]) {
      expect(headers.get('cache-control')).toBe('no-store')
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin')
    }
  })

  test('ends here where the provider has no end_session_endpoint', async ({ provider, start, browser }) => {
    delete provider.metadata.end_session_endpoint
    const app = await start(byForm)
    await browser.open(`${app.url}/private`)
    const page = await browser.post(`${app.url}/logout`, { returnTo: '/me' })
    expect(page).toMatchObject({ url: `${app.url}/me`, text: 'null' })
  })

  test.skipIf(chromiumIsMissing())(
    'goes there and back by itself in Chromium, against no policy',
    async ({ provider, start, onTestFinished }) => {
      const app = await start({
        ...byForm,
        after: router => router.get('/favicon.ico', (_req, res) => void res.status(204).end()),
      })
      const chromium = await launchChromium()
      onTestFinished(() => chromium.close())
      const una = await visitor(chromium)
      const tab = await una.tab()
      await tab.goto(`${app.url}/private`)
      expect(await tab.textContent('body')).toBe('private page of Una User')
      await tab.goto(`${app.url}/logout?returnTo=/me`)
      await tab.waitForURL(`${app.url}/me`)
      expect(await tab.textContent('body')).toBe('null')
      expect(provider.requestsTo('endSession').map(({ method }) => method)).toEqual(['POST'])
      expect(una.troubles).toEqual([])
    },
  )
})

test('a URL that would be too long becomes a form', async ({ provider, app, browser }) => {
  const padded = (length: number) => {
    provider.idToken = (claims, header) => ({ claims: { ...claims, padding: 'x'.repeat(length) }, header })
  }
  padded(1_500)
  await browser.open(`${app.url}/private`)
  const short = await browser.open(`${app.url}/logout`, { follow: false })
  expect([short.status, locationOf(short).pathname]).toEqual([303, '/logout'])

  padded(4_000)
  await browser.open(`${app.url}/private`)
  const long = await browser.open(`${app.url}/logout`, { follow: false })
  expect([long.status, long.headers.get('location')]).toEqual([200, null])
  expect(await app.userOf(browser)).toBeNull()
  expect((await browser.submit(long)).url).toBe(`${app.url}/`)
})

test.for(['redirect', 'form'] as const)(
  'a query that the endpoint has stays, by %s',
  async (logoutRequest, { provider, start, browser }) => {
    provider.metadata.end_session_endpoint += '?tenant=one'
    const app = await start({ relyingParty: { logoutRequest } })
    await browser.open(`${app.url}/private`)
    const page = await browser.open(`${app.url}/logout`)
    const last = logoutRequest === 'form' ? await browser.submit(page) : page
    expect(last.url).toBe(`${app.url}/`)
    expect(provider.requestsTo('endSession').map(({ query }) => query.get('tenant'))).toEqual(['one'])
  },
)
