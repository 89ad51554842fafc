import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type AttackedApp,
  asBrowser,
  attackedApp,
  finishSignIn,
  places,
} from '../support/attacks/attacked-app.ts'
import { type ScriptedProvider, scriptedProvider } from '../support/scripted-provider.ts'

let provider: ScriptedProvider

beforeAll(async () => {
  provider = await scriptedProvider()
})

afterAll(() => provider.close())

/** How a path may be written that a check on paths and a router read differently. */
const writings: readonly ((path: string) => string)[] = [
  path => path,
  path => path.toUpperCase(),
  path => `/${path}`,
  path => `//x/..${path}`,
  path => `${path}/`,
  path => `${path}//`,
  path => `${path}/.`,
  path => `${path}%2f`,
  path => `${path}%5c`,
  path => `${path};x`,
  path => `${path}/..;/`,
  path => `${path}%00`,
  path => `${path}%09`,
  path => `${path}%20`,
  path => `${path}%ff`,
  path => `${path}.json`,
  path => `${path}.css`,
  path => `${path}?skip=1`,
  path => `${path}?_method=GET`,
  path => `${path}#public`,
  path => `/.${path}`,
  path => `/%2e${path}`,
  path => `/x/..${path}`,
  path => `/favicon.ico/..${path}`,
  path => `/login/..${path}`,
  path => `/callback/..;${path}`,
  path => `/\\${path}`,
  path => path.replace(/[a-z]/, letter => `%${letter.charCodeAt(0).toString(16)}`),
  path => path.replace(/[a-z]/, letter => `%25${letter.charCodeAt(0).toString(16)}`),
  path => `http://localhost${path}`,
  path => `http://evil.test${path}`,
]

const identities = [
  'x-user',
  'x-forwarded-user',
  'x_forwarded_user',
  'x-remote-user',
  'remote-user',
  'remote_user',
  'x-auth-request-user',
  'x-auth-request-email',
  'x-webauth-user',
  'oidc_claim_sub',
  'oidc-claim-sub',
  'x-amzn-oidc-identity',
  'x-amzn-oidc-data',
  'x-goog-authenticated-user-email',
  'cf-access-authenticated-user-email',
  'x-ssl-client-cn',
  'x-userinfo',
  'x-access-token',
  'sub',
]

const rewriting = [
  'x-original-url',
  'x-rewrite-url',
  'x-forwarded-uri',
  'x-forwarded-prefix',
  'x-http-method-override',
  'x-method-override',
]

const watchers = [
  'kube-probe/1.30',
  'GoogleHC/1.0',
  'ELB-HealthChecker/2.0',
  'Googlebot/2.1',
  'Mozilla/5.0 (compatible; Datadog/Synthetics)',
  '',
]

describe.each(places)('on %s', (...place) => {
  const [, , mount] = place
  let app: AttackedApp
  let cookie: string

  beforeAll(async () => {
    app = await attackedApp(provider.issuer, place)
    cookie = (await finishSignIn(app, await app.send(`${mount}/login`, { headers: asBrowser }))).cookie
  })

  afterAll(() => app.close())

  /** Whatever the answer is, no guarded page was shown. */
  async function expectShut(path: string, sent: Parameters<AttackedApp['send']>[1]): Promise<void> {
    const before = app.shown()
    const { status, text } = await app.send(path, sent)
    const isPublic = status === 200 && (text === 'public' || sent?.method === 'OPTIONS')
    expect(
      isPublic || [303, 400, 401, 404, 405].includes(status),
      `${path}: ${status} ${text.slice(0, 80)}`,
    ).toBe(true)
    expect(app.shown(), path).toBe(before)
  }

  test.for(['/private', '/admin'])('%s is shut, however its path is written', async guarded => {
    for (const write of writings)
      for (const path of new Set([write(mount + guarded), mount + write(guarded)]))
        for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
          for (const headers of [asBrowser, { accept: 'application/json' }])
            await expectShut(path, { method, headers })
    const { text } = await app.send(`${mount}/private`, { headers: { ...asBrowser, cookie } })
    expect(text).toBe('private page of Una User')
  })

  test('no header says who somebody is', async () => {
    for (const name of identities)
      for (const value of ['user-1', 'admin', '{"sub":"user-1","roles":["admin"]}', 'Basic dXNlcjE6'])
        await expectShut(`${mount}/private`, { headers: { ...asBrowser, [name]: value } })
    for (const authorization of ['Basic dXNlci0xOng=', 'Bearer user-1', 'Digest username="user-1"'])
      await expectShut(`${mount}/private`, { headers: { ...asBrowser, authorization } })
    const me = { 'x-user': 'admin', 'x-forwarded-user': 'admin', cookie }
    expect(JSON.parse((await app.send(`${mount}/me`, { headers: me })).text)).toMatchObject({ sub: 'user-1' })
  })

  test('no header says that another page or method is meant', async () => {
    for (const name of rewriting)
      for (const value of ['/', `${mount}/`, `${mount}/me`, 'GET', 'OPTIONS'])
        for (const method of ['GET', 'POST'])
          await expectShut(`${mount}/admin`, { method, headers: { ...asBrowser, [name]: value } })
  })

  test('no client is let through for what it says that it is', async () => {
    for (const agent of watchers) {
      await expectShut(`${mount}/private`, { headers: { ...asBrowser, 'user-agent': agent } })
      await expectShut(`${mount}/private`, { headers: { 'user-agent': agent } })
      await expectShut(`${mount}/private`, { method: 'HEAD', headers: { 'user-agent': agent } })
    }
  })

  test('no method is let through because few use it', async () => {
    for (const method of ['TRACE', 'PROPFIND', 'QUERY', 'SEARCH', 'LINK', 'MKCOL', 'PURGE'])
      for (const path of ['/private', '/admin', '/elsewhere'])
        await expectShut(mount + path, { method, headers: asBrowser })
    const signedIn = await app.send(`${mount}/elsewhere`, { method: 'PROPFIND', headers: { cookie } })
    expect([signedIn.status, signedIn.text]).toEqual([200, 'private page of Una User'])
  })
})
