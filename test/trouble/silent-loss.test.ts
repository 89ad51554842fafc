import { MemoryStore } from 'express-session'
import { describe, expect } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { Browser, type Page } from '../support/browser.ts'
import { codeOf, expectSignIn, reachCallback, test } from '../support/flow.ts'
import { addRow, pageRow, type TroubleRow } from '../support/trouble/row.ts'

/** Does something twice, and expects one line of the log about it. */
async function lossOf(
  app: TestApp,
  wrong: string,
  act: (browser: Browser) => Promise<Page>,
): Promise<TroubleRow & { readonly page: Page }> {
  await app.rp.ready().catch(() => undefined)
  const { length } = app.log
  const page = await act(new Browser())
  await act(new Browser())
  const logged = app.log.slice(length)
  expect(logged).toHaveLength(1)
  return { wrong, ...pageRow(page), logged, page }
}

const rowOf = ({ page: _, ...row }: TroubleRow & { readonly page: Page }): TroubleRow => row

describe('what gets lost is said once', () => {
  test.for([
    ['a return path that is too long', `/private?${'a'.repeat(2_048)}`, 'longer than 2048 characters'],
    ['a return path that is too long in ASCII', `/${'名'.repeat(300)}`, 'characters as an ASCII URL'],
  ] as const)('%s', async ([wrong, path, sentence], { task, app }) => {
    const login = `${app.url}/login?returnTo=${encodeURIComponent(path)}`
    const loss = await lossOf(app, wrong, browser => browser.open(login))
    addRow(task, rowOf(loss))
    expect([loss.page.status, loss.page.url]).toEqual([200, `${app.url}/`])
    expect(loss.logged[0]).toContain(sentence)
  })

  test('the parameters of a sign-in that do not fit into its cookie', async ({ task, provider, start }) => {
    const app = await start({
      after: routes => {
        routes.get('/hinted', (req, _res, next) => {
          const hint = { login_hint: 'a'.repeat(3_500) }
          req.oidc.login({ returnTo: '/private', authorizationParameters: hint }).catch(next)
        })
      },
    })
    const loss = await lossOf(app, 'parameters too long for the cookie', browser =>
      browser.open(`${app.url}/hinted`),
    )
    addRow(task, rowOf(loss))
    expect(loss.page.url).toBe(`${app.url}/private`)
    expect(loss.logged[0]).toContain('(login_hint)')
    expect(loss.logged[0]).not.toContain('aaaa')
    expect(provider.requestsTo('authorize')[0]?.query.get('login_hint')).toHaveLength(3_500)
  })

  test('a code that is too long', async ({ task, app }) => {
    const loss = await lossOf(app, 'a code that is too long', async browser => {
      const callback = await reachCallback(browser, app)
      callback.searchParams.set('code', 'a'.repeat(4_097))
      const page = await browser.open(callback.href)
      expect(await app.userOf(browser)).toBeNull()
      return page
    })
    addRow(task, rowOf(loss))
    expect([loss.page.status, codeOf(loss.page)]).toEqual([400, 'ERR_OIDC_CALLBACK_INVALID'])
    expect(loss.logged[0]).toContain('code is longer than 4096 characters')
  })

  test('but nothing about a stranger who sends one', async ({ app, browser }) => {
    await app.rp.ready()
    const { length } = app.log
    const page = await browser.open(`${app.url}/callback?state=made-up&code=${'a'.repeat(4_097)}`)
    expect(codeOf(page)).toBe('ERR_OIDC_CALLBACK_INVALID')
    expect(app.log.slice(length)).toEqual([])
    await expectSignIn({ app, browser })
  })
})

describe('a session at the provider that survives a sign-out is said once', () => {
  test('if the provider has no end_session_endpoint', async ({ task, provider, start }) => {
    delete provider.metadata.end_session_endpoint
    const app = await start()
    const loss = await lossOf(app, 'a provider without end_session_endpoint', async browser => {
      await expectSignIn({ app, browser })
      return browser.post(`${app.url}/logout`, {})
    })
    addRow(task, rowOf(loss))
    expect(loss.page).toMatchObject({ status: 200, url: `${app.url}/`, text: 'public' })
    expect(loss.logged[0]).toContain('it has no end_session_endpoint. If it has one')
  })

  test('if the provider is away', async ({ task, provider, start }) => {
    const session = { store: new MemoryStore() }
    const before = await start({ session })
    const signedIn = [new Browser(), new Browser()]
    for (const browser of signedIn) await expectSignIn({ app: before, browser })
    await provider.stop()
    const app = await start({ session, relyingParty: { providerTimeout: 0.05 } })
    const { length } = app.log
    const pages = await Promise.all(signedIn.map(browser => browser.post(`${app.url}/logout`, {})))
    const logged = app.log.slice(length).filter(line => line.includes('sign out'))
    expect(pages.map(({ url, status }) => [status, url])).toEqual(Array(2).fill([200, `${app.url}/`]))
    expect(logged).toEqual([expect.stringContaining('stay signed in at the provider')])
    for (const browser of signedIn) expect(await app.userOf(browser)).toBeNull()
    for (const page of pages.slice(1))
      addRow(task, { wrong: 'the provider is away at a sign-out', ...pageRow(page), logged })
  })
})
