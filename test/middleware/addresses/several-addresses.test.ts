import express from 'express'
import express4 from 'express4'
import { describe, expect } from 'vitest'
import { requireUser } from '../../../src/index.ts'
import { at, browserOfHosts, twoHosts } from '../../support/apps/two-hosts.ts'
import { locationOf, test } from '../../support/flow.ts'
import type { ScriptedProvider } from '../../support/scripted-provider.ts'

const modes = [
  ['query', { responseMode: 'query' }],
  ['form_post', { responseMode: 'form_post' }],
  ['pushed requests', { pushedAuthorizationRequests: true }],
] as const
const cases = ['shop', 'boutique'].flatMap(host => modes.map(mode => [host, ...mode] as const))

/** The state of the last sign-in. */
const stateOf = (provider: ScriptedProvider) => provider.requestsTo('authorize').at(-1)?.query.get('state')

describe('an app with two addresses', () => {
  test.for(cases)(
    'signs users in at %s (%s), where they began, and out again',
    async ([host, mode, relyingParty], { start, provider }) => {
      provider.metadata['pushed_authorization_request_endpoint'] = `${provider.issuer}/pushed`
      const app = await start({ ...twoHosts, relyingParty })
      const here = at(host, app.url)
      const browser = browserOfHosts()

      let page = await browser.open(`${here}/private?tab=2`)
      if (mode === 'form_post') page = await browser.submit(page, {}, { from: provider.issuer })
      expect([page.url, page.text]).toEqual([`${here}/private?tab=2`, 'private page of Una User'])
      const exchange = new URLSearchParams(provider.requestsTo('token').at(-1)?.body)
      expect(exchange.get('redirect_uri')).toBe(`${here}/callback`)

      const callback = `${here}/callback?state=${stateOf(provider)}&code=again`
      if (mode === 'query') expect((await browser.open(callback)).url).toBe(`${here}/private?tab=2`)

      const left = await browser.open(`${here}/logout`, { follow: false })
      expect(locationOf(left).searchParams.get('post_logout_redirect_uri')).toBe(`${here}/logout/callback`)
      expect((await browser.open(locationOf(left).href)).url).toBe(`${here}/`)
      expect((await browser.open(`${here}/me`)).text).toBe('null')
    },
  )

  test('has each user signed in at the address of the sign-in only', async ({ start }) => {
    const app = await start(twoHosts)
    const browser = browserOfHosts()
    await browser.open(`${at('boutique', app.url)}/private`)
    expect((await browser.open(`${at('boutique', app.url)}/me`)).text).toContain('user-1')
    expect((await browser.open(`${at('shop', app.url)}/me`)).text).toBe('null')
  })

  test('registers the addresses of both, and what exists once at the first', async ({ start, provider }) => {
    const app = await start({ ...twoHosts, relyingParty: { routes: { frontchannelLogout: '/front' } } })
    await app.rp.ready()
    const both = [at('shop', app.url), at('boutique', app.url)]
    const [client] = provider.clients.values()
    expect(client).toMatchObject({
      client_name: new URL(at('shop', app.url)).host,
      redirect_uris: both.map(base => `${base}/callback`),
      post_logout_redirect_uris: both.map(base => `${base}/logout/callback`),
      backchannel_logout_uri: `${at('shop', app.url)}/backchannel-logout`,
      frontchannel_logout_uri: `${at('shop', app.url)}/front`,
    })
  })

  test.for([
    ['Express 4', express4],
    ['Express 5', express],
  ] as const)(
    'names its addresses to pages and API clients where they are (%s)',
    async ([, makeApp], { start }) => {
      const app = await start({
        ...twoHosts,
        makeApp,
        before: server =>
          void server.get('/early', (req, res) => handlers().login(req, res, () => res.send('next'))),
        after: server => void server.get('/api', requireUser(), (_req, res) => res.send('never')),
      })
      const handlers = () => app.rp.handlers
      const browser = browserOfHosts()
      for (const host of ['shop', 'boutique']) {
        const here = at(host, app.url)
        const refused = await browser.open(`${here}/api`, {
          headers: { accept: 'application/json', 'sec-fetch-mode': 'cors' },
        })
        expect(JSON.parse(refused.text)).toMatchObject({ loginUrl: `${here}/login` })
        expect(refused.headers.get('www-authenticate')).toContain(`"${here}"`)
        const began = await browser.open(`${here}/early`, { follow: false })
        expect(locationOf(began).searchParams.get('redirect_uri')).toBe(`${here}/callback`)
        const failed = await browser.open(`${here}/callback?state=unknown&code=c`)
        expect(failed.text).toContain(`href="${here}/"`)
      }
    },
  )

  test('sends users who begin at any other host to the first, where the sign-in is completed', async ({
    start,
  }) => {
    const app = await start(twoHosts)
    const page = await browserOfHosts().open(`${at('other', app.url)}/private`)
    expect([page.status, page.url]).toEqual([200, `${at('shop', app.url)}/`])
  })

  test('names all its hosts when the cookie of a sign-in is lost', async ({ start }) => {
    const app = await start(twoHosts)
    const headers = { cookie: 'theme=dark' }
    const began = await browserOfHosts().open(`${at('shop', app.url)}/login`, { headers })
    expect(began.status).toBe(400)
    const hosts = [at('shop', app.url), at('boutique', app.url)].map(url => new URL(url).host)
    expect(app.log.at(-1)).toContain(`reach the app at ${hosts.join(' or ')}, a host of baseUrl,`)
  })
})
