import { expect, test } from 'vitest'
import { type ClientInformation, OidcApi } from '../../src/index.ts'
import { startApp } from '../support/app.ts'
import { Browser } from '../support/browser.ts'
import { walk } from './walk.ts'

/** A Hydra, real or scripted, with its admin API. */
export interface HydraTarget {
  readonly issuer: string
  readonly adminUrl: string
}

/** The tests that any Hydra passes. They clean up behind themselves. */
export function testHydra(target: () => HydraTarget): void {
  test('is discovered, and registers although discovery may not say where', () => discovers(target()))
  test('registers a client, reads it, changes it with a new token, and deletes it', () => manages(target()))
  test('signs a user in, gives the UserInfo, signs out and back, and ends with its client', () =>
    signsInAndOut(target()))
}

async function discovers({ issuer }: HydraTarget): Promise<void> {
  const metadata = await new OidcApi({ issuer }).discoverOidcConfiguration()
  expect(metadata.issuer).toBe(issuer)
  expect(metadata.end_session_endpoint).toMatch(/\/oauth2\/sessions\/logout$/)
  expect(metadata.token_endpoint_auth_methods_supported).toContain('private_key_jwt')
  expect(metadata).not.toHaveProperty('authorization_response_iss_parameter_supported')
}

async function manages({ issuer }: HydraTarget): Promise<void> {
  const api = new OidcApi({ issuer })
  const asked = { client_name: 'One', redirect_uris: ['http://localhost:3000/callback'] }
  const created = await api.createOidcDynamicClient(asked)
  expect(created).toMatchObject({
    ...asked,
    client_id: expect.any(String),
    client_secret: expect.any(String),
  })
  expect(await api.getOidcDynamicClient(created)).toMatchObject(asked)

  const changed = await api.setOidcDynamicClient(created, { ...asked, client_name: 'Two' })
  expect(changed).toMatchObject({ client_id: created.client_id, client_name: 'Two' })
  expect(changed.registration_access_token).not.toBe(created.registration_access_token)
  const refused = { operation: 'getOidcDynamicClient', providerStatus: 401 }
  await expect(api.getOidcDynamicClient(created)).rejects.toMatchObject(refused)
  expect(await api.getOidcDynamicClient(changed)).toMatchObject({ client_name: 'Two' })
  const chosen = api.setOidcDynamicClient(changed, { ...asked, client_secret: 'one of our own' })
  await expect(chosen).rejects.toThrow()

  await api.deleteOidcDynamicClient(changed)
  await expect(api.getOidcDynamicClient(changed)).rejects.toMatchObject(refused)
  await expect(api.deleteOidcDynamicClient(changed)).rejects.toMatchObject({ providerStatus: 401 })
}

async function signsInAndOut({ issuer, adminUrl }: HydraTarget): Promise<void> {
  const { fetch, registered } = registrationWatch()
  await using app = await startTestApp(issuer, fetch)
  const browser = new Browser()
  const go = async (path: string) =>
    walk(browser, await browser.open(app.url + path, { follow: false }), adminUrl)

  const page = await go('/private')
  expect([page.status, page.url, page.text]).toEqual([200, `${app.url}/private`, 'private page of Una User'])
  expect(await app.userOf(browser)).toMatchObject({ iss: issuer, sub: 'user-1', sid: expect.any(String) })
  expect(JSON.parse((await go('/info')).text)).toMatchObject({ sub: 'user-1', name: 'Una User' })

  const left = await browser.post(`${app.url}/logout`, { returnTo: '/?out' }, { follow: false })
  expect((await walk(browser, left, adminUrl)).url).toBe(`${app.url}/?out`)
  expect(await app.userOf(browser)).toBeNull()

  await new OidcApi({ issuer }).deleteOidcDynamicClient(registered())
  const deadEnd = await go('/private')
  expect(new URL(deadEnd.url).origin).not.toBe(app.url)
  expect(await app.userOf(browser)).toBeNull()
}

async function startTestApp(issuer: string, fetch: typeof globalThis.fetch) {
  const app = await startApp(issuer, {
    relyingParty: { fetch },
    after: router => router.get('/info', async (req, res) => res.json(await req.oidc.fetchUserInfo())),
  })
  return { ...app, [Symbol.asyncDispose]: app.close }
}

/** A fetch that keeps what the registration answered, so that the client can be deleted behind the test. */
function registrationWatch() {
  let answer: ClientInformation | undefined
  const watch: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    if (response.status === 201) answer = (await response.clone().json()) as ClientInformation
    return response
  }
  return {
    fetch: watch,
    registered: () => {
      if (!answer) throw new Error('The app has not registered itself.')
      return answer
    },
  }
}
