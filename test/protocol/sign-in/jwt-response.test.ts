import express from 'express'
import { describe, expect } from 'vitest'
import { attemptSilentLogin } from '../../../src/index.ts'
import { formOf } from '../../support/browser/browser-form.ts'
import { Browser } from '../../support/browser.ts'
import {
  expectRefusal,
  expectRefusedSignIn,
  expectSignIn,
  locationOf,
  reachCallback,
  test,
} from '../../support/flow.ts'
import { redirectTo } from '../../support/scripted-provider.ts'

const signed = { relyingParty: { responseMode: 'jwt' } } as const
const INVALID = [400, 'ERR_OIDC_CALLBACK_INVALID'] as const

describe('a signed authorization response', () => {
  test('signs the user in', async ({ provider, start, browser }) => {
    const app = await start(signed)
    const back = await reachCallback(browser, app)
    expect([...back.searchParams.keys()]).toEqual(['response'])
    expect((await browser.open(back.href)).text).toBe('private page of Una User')
    expect(
      locationOf(await browser.open(`${app.url}/login`, { follow: false })).searchParams.get('response_mode'),
    ).toBe('jwt')
    expect(provider.requestsTo('token')).toHaveLength(1)
  })

  test('is the only one that is accepted', async ({ provider, start, browser }) => {
    const app = await start(signed)
    provider.answer('authorize', (request, response) => {
      const state = new URLSearchParams(request.query).get('state') ?? ''
      const plain = new URLSearchParams({ code: 'c', state, iss: provider.issuer }).toString()
      return redirectTo(`${app.url}/callback?${plain}`)(request, response)
    })
    await expectRefusedSignIn(INVALID, { provider, app, browser })
  })

  test('may come only once', async ({ start, browser }) => {
    const app = await start(signed)
    const back = await reachCallback(browser, app)
    back.searchParams.append('response', back.searchParams.get('response') ?? '')
    await expectRefusal(await browser.open(back.href), INVALID, { app, browser })
    await expectSignIn({ app, browser })
  })

  test('was not asked for where the response mode is query', async ({ start, browser }) => {
    const app = await start()
    const other = await start(signed)
    const { search } = await reachCallback(new Browser(), other)
    await expectRefusal(await browser.open(`${app.url}/callback${search}`), INVALID, { app, browser })
    await expectSignIn({ app, browser })
  })

  test('of another browser signs nobody in', async ({ start, browser }) => {
    const app = await start(signed)
    const back = await reachCallback(new Browser(), app)
    const page = await browser.open(back.href, { follow: false })
    expect(page.status).not.toBe(200)
    expect(await app.userOf(browser)).toBeNull()
    await expectSignIn({ app, browser })
  })

  test('can say that the user declined', async ({ provider, start, browser }) => {
    const app = await start(signed)
    provider.signedResponse = ({ code: _, ...claims }, header) => ({
      claims: { ...claims, error: 'access_denied', error_description: 'The user said no' },
      header,
    })
    await expectRefusedSignIn([403, 'ERR_OIDC_ACCESS_DENIED'], { provider, app, browser })
  })

  test('ends a silent sign-in where it began', async ({ provider, start, browser }) => {
    const app = await start({
      ...signed,
      after: app => app.get('/quiet', attemptSilentLogin(), (req, res) => void res.json(req.user ?? null)),
    })
    await app.rp.ready()
    provider.signedResponse = ({ code: _, ...claims }, header) => ({
      claims: { ...claims, error: 'login_required' },
      header,
    })
    const page = await browser.open(`${app.url}/quiet`)
    expect([page.status, page.url, page.text]).toEqual([200, `${app.url}/quiet`, 'null'])
    provider.behave()
    expect((await new Browser().open(`${app.url}/quiet`)).text).toContain('user-1')
  })

  test('can be posted', async ({ start, browser }) => {
    const app = await start({ relyingParty: { responseMode: 'form_post.jwt' } })
    const form = await browser.open(`${app.url}/private`)
    expect(Object.keys(formOf(form).fields)).toEqual(['response'])
    const page = await browser.submit(form)
    expect([page.status, page.text]).toEqual([200, 'private page of Una User'])
  })

  test('that is posted and wrong is refused before it is kept', async ({ provider, start, browser }) => {
    const app = await start({ relyingParty: { responseMode: 'form_post.jwt' } })
    provider.signedResponse = (claims, header) => ({ claims: { ...claims, aud: 'another' }, header })
    const page = await browser.submit(await browser.open(`${app.url}/private`))
    await expectRefusal(page, INVALID, { app, browser })
    provider.behave()
    expect((await browser.submit(await browser.open(`${app.url}/private`))).status).toBe(200)
  })

  test('that is posted and longer than 16 kB is not even read', async ({ provider, start, browser }) => {
    const app = await start({
      relyingParty: { responseMode: 'form_post.jwt' },
      before: before => before.use(express.urlencoded({ extended: false })), // takes longer forms than this library
    })
    provider.signedResponse = (claims, header) => ({
      claims: { ...claims, more: 'x'.repeat(12_300) },
      header,
    })
    const page = await browser.submit(await browser.open(`${app.url}/private`))
    await expectRefusal(page, INVALID, { app, browser })
    provider.signedResponse = (claims, header) => ({
      claims: { ...claims, more: 'x'.repeat(11_000) },
      header,
    })
    expect((await browser.submit(await browser.open(`${app.url}/private`))).status).toBe(200)
  })

  test('is accepted with the registered algorithm only', async ({ provider, start, browser }) => {
    provider.metadata['authorization_signing_alg_values_supported'] = ['RS256', 'PS256']
    const metadata = { authorization_signed_response_alg: 'PS256' }
    const app = await start({ relyingParty: { responseMode: 'jwt', metadata } })
    await expectRefusal(await browser.open(`${app.url}/private`), INVALID, { app, browser })
    const other = await start({ relyingParty: { responseMode: 'jwt' } })
    await expectSignIn({ app: other, browser })
    expect([...provider.clients.values()].map(client => client['authorization_signed_response_alg'])).toEqual(
      ['PS256', 'RS256'],
    )
  })

  test('serves a client that has been replaced', async ({ provider, start, browser }) => {
    const metadata = { token_endpoint_auth_method: 'none' }
    const app = await start({ relyingParty: { responseMode: 'jwt', metadata } })
    const back = await reachCallback(browser, app)
    expect(await app.rp.rotate()).toBe('replacement')
    expect(provider.clients.size).toBe(2)
    expect((await browser.open(back.href)).text).toBe('private page of Una User')
  })
})
