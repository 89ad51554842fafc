import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startProvider } from '../../../examples/provider/provider.ts'
import { type ClientInformation, OidcApi } from '../../../src/index.ts'
import { Browser, signIn } from '../../support/browser.ts'
import { addressOf } from '../../support/providers/operations.ts'
import { startPlainApp } from '../../support/providers/plain-client.ts'
import { scriptedHydra } from '../../support/scripted-hydra.ts'
import { signInWith } from '../../support/sign-in/api-sign-in.ts'

interface Served {
  readonly issuer: string
  readonly user: string
  /** What a script gets that follows the sign-out: Hydra redirects to its page, the other one shows it. */
  readonly followed: object
  readonly close: () => Promise<void>
}

const providers: Readonly<Record<string, () => Promise<Served>>> = {
  'a real provider': async () => ({
    ...(await startProvider()),
    user: 'alice',
    followed: { code: 'ERR_OIDC_ANSWER_INVALID', operation: 'revokeOidcSession', providerStatus: 200 },
  }),
  'the scripted Hydra': async () => {
    const { issuer, close } = await scriptedHydra()
    return { issuer, user: 'user-1', followed: { location: expect.stringContaining('/ui/logout?') }, close }
  },
}

let app: Awaited<ReturnType<typeof startPlainApp>>
let served: Served

beforeEach(async () => {
  app = await startPlainApp()
})

afterEach(async () => {
  await app.close()
  await served.close()
})

const asked = () => ({
  client_name: 'One',
  redirect_uris: [`${app.url}/callback`],
  post_logout_redirect_uris: [`${app.url}/out`],
  scope: 'openid',
})
const gone = { operation: 'getOidcDynamicClient', providerStatus: 401, code: 'ERR_OIDC_REGISTRATION_REFUSED' }

describe.each(Object.entries(providers))('at %s', (_name, start) => {
  beforeEach(async () => {
    served = await start()
  })

  test('all seven operations work, one after the other', async () => {
    const api = new OidcApi({ issuer: served.issuer })
    const { issuer } = await api.discoverOidcConfiguration()
    expect(issuer).toBe(served.issuer)

    const created = await api.createOidcDynamicClient(asked())
    const { client_id, registration_client_uri } = created
    expect(created).toMatchObject({ ...asked(), client_secret: expect.stringMatching(/./) })
    const read = await api.getOidcDynamicClient(created)
    expect(read).toMatchObject({ client_id, client_name: 'One', registration_client_uri })

    const changed = await api.setOidcDynamicClient(read, { ...asked(), client_name: 'Two' })
    expect(changed).toMatchObject({ client_id, client_name: 'Two', registration_client_uri })
    expect(await api.getOidcDynamicClient(changed)).toMatchObject({ client_name: 'Two' })

    const { accessToken, idToken } = await signInWith(served.issuer, changed, new Browser(), signIn)
    const options = { sub: served.user, clientId: client_id }
    expect(await api.getOidcUserInfo(accessToken, options)).toMatchObject({ sub: served.user })

    const { url } = await api.revokeOidcSession({
      idTokenHint: idToken,
      postLogoutRedirectUri: `${app.url}/out`,
    })
    expect(Object.fromEntries(url.searchParams)).toMatchObject({ id_token_hint: idToken })
    await api.deleteOidcDynamicClient(changed)
    await expect(api.getOidcDynamicClient(changed)).rejects.toMatchObject(gone)
  })

  test('the newest credentials are returned, and the former token is dead', async () => {
    const api = new OidcApi({ issuer: served.issuer })
    const created = await api.createOidcDynamicClient(asked())
    const changed = await api.setOidcDynamicClient(created, asked())
    expect(changed.registration_access_token).not.toBe(created.registration_access_token)
    await expect(api.getOidcDynamicClient(created)).rejects.toMatchObject(gone)
    const again = await api.setOidcDynamicClient(await api.getOidcDynamicClient(changed), asked())
    await expect(api.getOidcDynamicClient(changed)).rejects.toMatchObject(gone)
    expect((await signInWith(served.issuer, again, new Browser(), signIn)).accessToken).toBeTruthy()
  })

  test('what a registration returned may be sent back with a change, as the example says', async () => {
    const api = new OidcApi({ issuer: served.issuer })
    const created = await api.createOidcDynamicClient(asked())
    const changed = await api.setOidcDynamicClient(created, { ...created, client_name: 'Shop' })
    const read = await api.getOidcDynamicClient(changed)
    const again = await api.setOidcDynamicClient(read, { ...read, client_name: 'Mall' })
    expect(again).toMatchObject({ ...asked(), client_name: 'Mall' })
  })

  test('a script may follow the sign-out, and learns where it leads', async () => {
    const api = new OidcApi({ issuer: served.issuer })
    const client = await api.createOidcDynamicClient(asked())
    const { idToken } = await signInWith(served.issuer, client, new Browser(), signIn)
    const request = { idTokenHint: idToken, postLogoutRedirectUri: `${app.url}/out`, follow: true }
    const outcome: unknown = await api.revokeOidcSession(request).catch(error => error)
    expect(outcome).toMatchObject(served.followed)
  })

  test('a client that is changed after it was deleted is refused', async () => {
    const api = new OidcApi({ issuer: served.issuer })
    const client = await api.createOidcDynamicClient(asked())
    await api.deleteOidcDynamicClient(client)
    const refusal = { providerStatus: 401, message: expect.stringContaining('register again') }
    await expect(api.setOidcDynamicClient(client, asked())).rejects.toMatchObject(refusal)
    await expect(api.deleteOidcDynamicClient(client)).rejects.toMatchObject(refusal)
  })

  test('a refused access token says why, with the challenge', async () => {
    const api = new OidcApi({ issuer: served.issuer })
    const challenge = { scheme: 'bearer', error: expect.any(String), errorDescription: expect.any(String) }
    await expect(api.getOidcUserInfo('made-up')).rejects.toMatchObject({
      code: 'ERR_OIDC_ACCESS_TOKEN_REFUSED',
      operation: 'getOidcUserInfo',
      providerStatus: 401,
      challenge,
      error: challenge.error,
      description: challenge.errorDescription,
    })
  })

  test('an access token of somebody else is noticed', async () => {
    const api = new OidcApi({ issuer: served.issuer })
    const client = await api.createOidcDynamicClient(asked())
    const { accessToken } = await signInWith(served.issuer, client, new Browser(), signIn)
    await expect(api.getOidcUserInfo(accessToken, { sub: 'mallory' })).rejects.toMatchObject({
      code: 'ERR_OIDC_USER_INFO_INVALID',
    })
  })

  test('discovery is asked for once, and again after it has failed', async () => {
    let asks = 0
    const failing: typeof globalThis.fetch = (url, init) => {
      if (addressOf(url).includes('.well-known/openid') && asks++ === 0)
        return Promise.reject(new TypeError('away'))
      return fetch(url, init)
    }
    const api = new OidcApi({ issuer: served.issuer, fetch: failing })
    await expect(api.discoverOidcConfiguration()).rejects.toMatchObject({
      code: 'ERR_OIDC_PROVIDER_UNAVAILABLE',
    })
    const [one, two] = await Promise.all([api.discoverOidcConfiguration(), api.discoverOidcConfiguration()])
    const client: ClientInformation = await api.createOidcDynamicClient(asked())
    expect([one, asks, client.client_id]).toEqual([two, 2, expect.any(String)])
  })
})
